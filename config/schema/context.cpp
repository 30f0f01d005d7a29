// The faults and names of one loading.
#include "config/schema/context.hpp"

#include "config/schema/characters.hpp"

#include <algorithm>
#include <tuple>

namespace homespool::config::schema {

void Report::add(Place place, std::string sentence) {
  if (said_.contains({place, sentence})) return;
  if (problems_.size() >= kMostProblems) {
    ++left_out_;
    return;
  }
  said_.emplace(place, sentence);
  problems_.push_back({file_, place.line, place.column, std::move(sentence)});
}

std::vector<Problem> Report::take() {
  const auto place = [](const Problem& problem) { return std::tie(problem.line, problem.column); };
  std::stable_sort(problems_.begin(), problems_.end(),
                   [&](const Problem& a, const Problem& b) { return place(a) < place(b); });
  if (left_out_ > 0)
    problems_.push_back({file_, 0, 0, std::to_string(left_out_) + " more faults are not shown"});
  return std::move(problems_);
}

void Context::take_name(Taken& taken, std::string_view sort, const std::string& name, Place place) {
  const auto [first, fresh] = taken.emplace(name, place);
  if (fresh) return;
  report.add(place, "the " + std::string(sort) + " " + in_quotes(name) + " is given already in line " +
                        std::to_string(first->second.line));
}

bool Context::visit(Place place) {
  if (visits_left == 0) return false;
  if (--visits_left == 0) report.add(place, "the file unfolds to too many values; use fewer aliases");
  return visits_left != 0;
}

} // namespace homespool::config::schema
