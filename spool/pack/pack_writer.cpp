#include "spool/pack/pack_writer.hpp"

#include "spool/error.hpp"
#include "spool/pack/kept_end.hpp"
#include "spool/pack/pack_name.hpp"
#include "spool/pack/pack_record.hpp"
#include "spool/pack/pack_recovery.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <random>
#include <sys/stat.h>
#include <vector>

namespace homespool::spool {
namespace {

namespace fs = std::filesystem;
using boost::system::error_code;

constexpr std::size_t kBuffer = 1 << 20;            // small records are gathered up to this
constexpr std::uint64_t kReserveStep = 16ULL << 20; // room is asked for in such steps

iovec part(std::string_view bytes) {
  return {const_cast<char*>(bytes.data()), bytes.size()};
}

class Writer final : public PackWriter {
 public:
  Writer(std::shared_ptr<PackDisk> disk, fs::path directory, DiskFile opened, Mark from, const End& end)
      : disk_(std::move(disk)), directory_(std::move(directory)), directory_file_(std::move(opened)),
        now_(from), synced_(from), kept_{end.pack, end.offset, end.single}, kept_file_(directory_),
        spool_(end.spool) {
    buffer_.reserve(kBuffer);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() override {
    if (failed_) return;
    static_cast<void>(rewind());
    static_cast<void>(give_back_room());
  }

  boost::system::result<Location> append(const RecordInfo& info, std::string_view body) override {
    if (failed_) return failed_;
    if (body.size() > kMaxBody) return error_code(EFBIG, boost::system::system_category());
    put_header(info, body.size(), 0);
    const std::uint64_t size = header_.size() + body.size() + trailer_size(body.size());
    if (auto fault = make_room(size)) return fault;
    const Location at{now_.pack, position(), position() + header_.size(), body.size()};
    if (size <= kBuffer) {
      buffer_.append(header_).append(body);
      encode_trailer(body, buffer_);
      return at;
    }
    if (auto fault = write_directly(body)) return fault;
    return at;
  }

  boost::system::result<Location> adopt(const RecordInfo& info, const fs::path& file,
                                        std::uint64_t size) override {
    if (failed_) return failed_;
    auto opened = open_file(*disk_, file, O_RDWR);
    if (!opened) return opened.error();
    struct stat facts {};
    if (size > kMaxBody || ::fstat(opened->fd(), &facts) != 0 ||
        static_cast<std::uint64_t>(facts.st_size) != kMaxHeader + size + trailer_size(size))
      return error_code(Error::bad_record);
    put_header(info, size, kMaxHeader);
    std::array parts = {part(header_)};
    if (auto fault = write_all(*disk_, *opened, parts, 0)) return fault;
    const auto number = now_.next_single;
    if (disk_->rename(file.c_str(), (directory_ / pack_name(number)).c_str()) != 0) return last_disk_error();
    ++now_.next_single;
    adopted_.push_back(number);
    to_sync_.push_back(std::move(*opened));
    directory_changed_ = true;
    return Location{number, 0, kMaxHeader, size};
  }

  error_code flush() override {
    if (failed_) return failed_;
    if (dirty_)
      if (auto fault = open_pack()) return fault; // closed when it could not be rewound
    if (buffer_.empty()) return {};
    std::array parts = {part(buffer_)};
    if (auto fault = write_all(*disk_, file_, parts, now_.offset)) {
      cut();
      return fault;
    }
    if (buffer_.size() >= kBuffer / 2) // more is to come: the sync will have less to wait for
      disk_->start_sync(file_.fd(), static_cast<off_t>(now_.offset), static_cast<off_t>(buffer_.size()));
    now_.offset += buffer_.size();
    buffer_.clear();
    dirty_ = true;
    return {};
  }

  error_code sync() override {
    if (auto fault = flush()) return fault;
    for (auto& file : to_sync_)
      if (auto fault = sync_file(*disk_, file)) return failed_ = fault;
    to_sync_.clear();
    if (dirty_ && now_.pack != 0)
      if (auto fault = sync_file(*disk_, file_)) return failed_ = fault;
    dirty_ = false;
    if (directory_changed_ && disk_->fsync(directory_file_.fd()) != 0) return failed_ = last_disk_error();
    directory_changed_ = unsynced_is_kept_ = false;
    synced_ = now_;
    ++batch_;
    return {};
  }

  std::optional<Gathered> gathered() const override {
    const bool all = now_.pack == synced_.pack && now_.offset == synced_.offset &&
                     now_.next == synced_.next && now_.next_single == synced_.next_single;
    if (!all || buffer_.empty()) return std::nullopt;
    return Gathered{now_.pack, now_.offset, buffer_};
  }

  void keep() override {
    synced_ = now_;
    unsynced_is_kept_ = dirty_;
    ++batch_;
    note_kept();
  }

  error_code rewind() override {
    to_sync_.clear();
    const auto fault = rewind(synced_);
    dirty_ = unsynced_is_kept_;
    return fault;
  }

  Mark mark() const override {
    Mark here = now_;
    here.offset = position();
    return here;
  }

  error_code rewind(const Mark& to) override {
    if (failed_) return failed_;
    std::erase_if(adopted_, [&to](std::uint32_t number) { return number >= to.next_single; });
    if (to.pack == now_.pack && to.offset >= now_.offset) {
      buffer_.resize(to.offset - now_.offset);
      return remove_since(to);
    }
    // Before it went to the file, or to another file, the buffer held nothing older than the mark.
    buffer_.clear();
    auto first = remove_since(to);
    if (now_.pack != to.pack) file_ = {};
    now_.pack = to.pack;
    now_.offset = to.offset;
    if (auto fault = open_pack(); fault && !first) first = fault;
    if (auto fault = give_back_room(); fault && !first) first = fault;
    dirty_ = true;
    return first;
  }

  error_code seal() override {
    if (failed_) return failed_;
    if (now_.pack == 0 || position() == 0) return {};
    return next_pack();
  }

  error_code remove(std::uint32_t pack) override {
    if (failed_) return failed_;
    if (disk_->unlink((directory_ / pack_name(pack)).c_str()) != 0 && errno != ENOENT)
      return last_disk_error();
    directory_changed_ = true;
    return {};
  }

 private:
  void put_header(RecordInfo info, std::uint64_t size, std::size_t room) {
    info.batch = batch_;
    info.spool = spool_;
    header_.clear();
    encode_header(info, size, room, header_);
  }

  void note_kept() {
    if (now_.pack != 0) {
      kept_.pack = now_.pack;
      kept_.offset = position();
    }
    if (!adopted_.empty()) kept_.single = adopted_.back();
    adopted_.clear();
    static_cast<void>(kept_file_.write(*disk_, kept_)); // it may be behind
  }

  std::uint64_t position() const { return now_.offset + buffer_.size(); }

  // An open pack with `size` bytes of room behind position(), in the buffer or in the file.
  error_code make_room(std::uint64_t size) {
    if (now_.pack == 0 || (position() > 0 && position() + size > kSealAt)) {
      if (auto fault = next_pack()) return fault;
    } else if (auto fault = open_pack()) {
      return fault;
    }
    if (auto fault = reserve(position() + size)) return fault;
    return buffer_.size() + size > kBuffer ? flush() : error_code{};
  }

  // The pack that is written to, if it is not open yet.
  error_code open_pack() {
    if (file_ || now_.pack == 0) return {};
    auto opened = open_file(*disk_, directory_ / pack_name(now_.pack), O_WRONLY);
    if (!opened) return opened.error();
    file_ = std::move(*opened);
    reserved_ = now_.offset;
    return {};
  }

  // Asks for room on the disk ahead of time: a full disk is then known before anything depends on it, and a
  // sync has fewer facts of the file to write.
  error_code reserve(std::uint64_t end) {
    if (end <= reserved_) return {};
    const auto wanted = (end + kReserveStep - 1) / kReserveStep * kReserveStep;
    for (const auto target : {wanted, end}) {
      const auto length = static_cast<off_t>(target - reserved_);
      if (disk_->fallocate(file_.fd(), static_cast<off_t>(reserved_), length) == 0) {
        reserved_ = target;
        return {};
      }
      if (errno == EOPNOTSUPP || errno == ENOSYS) return {}; // then the writes will tell
    }
    return last_disk_error();
  }

  error_code next_pack() {
    if (auto fault = flush()) return fault;
    auto number = now_.next;
    auto opened = open_file(*disk_, directory_ / pack_name(number), O_WRONLY | O_CREAT | O_EXCL);
    while (!opened && opened.error().value() == EEXIST && number < kFirstSingle)
      opened = open_file(*disk_, directory_ / pack_name(++number), O_WRONLY | O_CREAT | O_EXCL);
    if (!opened) return opened.error();
    if (file_) {
      static_cast<void>(give_back_room());
      to_sync_.push_back(std::move(file_));
    }
    file_ = std::move(*opened);
    now_.pack = number;
    now_.next = number + 1;
    now_.offset = reserved_ = 0;
    directory_changed_ = true;
    return {};
  }

  error_code write_directly(std::string_view body) {
    if (auto fault = flush()) return fault;
    std::string trailer;
    encode_trailer(body, trailer);
    std::array parts = {part(header_), part(body), part(trailer)};
    if (auto fault = write_all(*disk_, file_, parts, now_.offset)) {
      cut();
      return fault;
    }
    now_.offset += header_.size() + body.size() + trailer.size();
    dirty_ = true;
    return {};
  }

  // Their numbers stay used: a reader may still hold such a file open.
  error_code remove_since(const Mark& to) {
    error_code first;
    const auto remove = [&](std::uint32_t number) {
      const auto path = directory_ / pack_name(number);
      if (disk_->unlink(path.c_str()) != 0 && errno != ENOENT && !first) first = last_disk_error();
      directory_changed_ = true;
    };
    for (auto number = to.next; number < now_.next; ++number) remove(number);
    for (auto number = to.next_single; number < now_.next_single; ++number) remove(number);
    return first;
  }

  // After a write that failed half way: nothing of it may look like a record.
  void cut() { static_cast<void>(give_back_room()); }

  error_code give_back_room() {
    if (!file_) return {};
    reserved_ = now_.offset;
    return truncate_file(*disk_, file_, now_.offset);
  }

  std::shared_ptr<PackDisk> disk_;
  fs::path directory_;
  DiskFile directory_file_; // from the start on: a sync must not fail for want of a descriptor
  Mark now_;                // offset: what is written; the buffer comes behind
  Mark synced_;             // as of the last sync() or keep()
  DiskFile file_;           // of now_.pack, opened at first use
  std::uint64_t reserved_ = 0;
  std::string buffer_;
  std::string header_;
  std::vector<DiskFile> to_sync_;      // sealed and adopted since the last sync
  std::vector<std::uint32_t> adopted_; // packs of one message since the last keep()
  KeptEnd kept_;
  KeptEndFile kept_file_;
  std::uint32_t spool_;
  std::uint32_t batch_ = std::random_device()(); // another one than in the last run, most likely
  bool dirty_ = false;
  bool unsynced_is_kept_ = false;
  bool directory_changed_ = false;
  error_code failed_;
};

} // namespace

boost::system::result<std::unique_ptr<PackWriter>> open_pack_writer(std::shared_ptr<PackDisk> disk,
                                                                    const fs::path& directory,
                                                                    PackWriter::End end,
                                                                    const PackWriter::Finding& finding) {
  auto from = recover_packs(*disk, directory, end, finding);
  if (!from) return from.error();
  auto opened = open_file(*disk, directory, O_RDONLY | O_DIRECTORY);
  if (!opened) return opened.error();
  return std::unique_ptr<PackWriter>(
      std::make_unique<Writer>(std::move(disk), directory, std::move(*opened), *from, end));
}

boost::system::result<std::unique_ptr<PackWriter>> PackWriter::open(const fs::path& directory, End end,
                                                                    const Finding& finding) {
  return open_pack_writer(std::make_shared<PackDisk>(), directory, end, finding);
}

std::uint64_t record_end(const Location& at) {
  return at.body + at.size + trailer_size(at.size);
}

} // namespace homespool::spool
