#include "spool/search/merge.hpp"

namespace homespool::spool::search {
namespace {

constexpr std::size_t kBlocksAtOnce = 64; // about a megabyte

std::shared_ptr<Run> run_over(const std::vector<std::shared_ptr<const Run>>& runs, std::int64_t id) {
  auto run = std::make_shared<Run>();
  run->id = id;
  run->level = runs.front()->level + 1;
  run->first = runs.front()->first;
  run->last = runs.back()->last;
  return run;
}

} // namespace

Merge::Merge(SearchFile& file, std::vector<std::shared_ptr<const Run>> runs, std::int64_t id,
             std::shared_ptr<const RecordSet> stored)
    : file_(file), runs_(std::move(runs)), stored_(std::move(stored)), result_(run_over(runs_, id)),
      writer_(result_->universe(), [this](Gram first, std::string block) {
        file_.put_gram_block(result_->id, result_->directory.size(), std::move(block));
        result_->directory.push_back(first);
      }) {
  for (const auto& run : runs_) sources_.push_back({run, 0, {}, std::nullopt, false});
  for (Source& source : sources_) advance(source);
}

bool Merge::step() {
  const std::size_t enough = result_->directory.size() + kBlocksAtOnce;
  const auto over = [](const Source& source) { return source.over; };
  while (result_->directory.size() < enough) {
    if (std::all_of(sources_.begin(), sources_.end(), over)) {
      writer_.finish();
      return true;
    }
    merge_lowest();
  }
  return false;
}

// To the source's next n-gram.
void Merge::advance(Source& source) {
  for (;;) {
    const auto step = source.block ? source.block->next() : GramBlockReader::Step::end;
    if (step == GramBlockReader::Step::entry) return;
    if (step == GramBlockReader::Step::broken) throw Damaged("a block cannot be read");
    if (source.next_block == source.run->directory.size()) {
      source.over = true;
      return;
    }
    source.bytes = file_.gram_block(*source.run, source.next_block++);
    source.block.emplace(source.bytes, source.run->universe());
  }
}

void Merge::merge_lowest() {
  Gram lowest = ~Gram{0};
  for (const Source& source : sources_)
    if (!source.over) lowest = std::min(lowest, source.block->gram());
  kept_.clear();
  for (Source& source : sources_) {
    if (source.over || source.block->gram() != lowest) continue;
    members_.clear();
    if (!source.block->members(members_)) throw Damaged("a block cannot be read");
    for (const std::uint32_t member : members_) {
      const RecordId record{source.run->first.value + member};
      if (stored_->contains(record))
        kept_.push_back(static_cast<std::uint32_t>(record.value - result_->first.value));
    }
    advance(source);
  }
  writer_.add(lowest, kept_);
}

} // namespace homespool::spool::search
