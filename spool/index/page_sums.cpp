#include "spool/index/page_sums.hpp"

#include "spool/checksum.hpp"

#include <array>
#include <cstring>
#include <fcntl.h>
#include <new>
#include <sqlite3.h>
#include <string>
#include <string_view>
#include <unistd.h>

namespace homespool::spool::index {
namespace {

constexpr int kSumBytes = 8;
constexpr int kHeader = 100; // of the file
constexpr int kSmallestPage = 512, kLargestPage = 65536;
constexpr const char* kName = "page-sums";

// What the header of the file says.
struct Pages {
  int size = 0; // 0: not known yet
  bool sums = false;
};

Pages pages_of(const unsigned char* header) {
  Pages pages;
  pages.size = header[16] << 8 | header[17];
  if (pages.size == 1) pages.size = kLargestPage;
  pages.sums = header[20] == kSumBytes;
  return pages;
}

// Never the 0 that stands for none.
std::uint64_t sum_of(const char* page, int size, sqlite3_int64 offset) {
  const auto sum =
      checksum({page, static_cast<std::size_t>(size - kSumBytes)}, static_cast<std::uint64_t>(offset));
  return sum == 0 ? 1 : sum;
}

// Without a sum (zeros) when another program copied it from the log, which SQLite had checked.
bool holds(const char* page, int size, sqlite3_int64 offset) {
  std::uint64_t kept = 0;
  std::memcpy(&kept, page + size - kSumBytes, sizeof kept);
  return kept == 0 || kept == sum_of(page, size, offset);
}

// SQLite's own file lies right behind.
struct File {
  sqlite3_file base;
  Pages pages;
};

sqlite3_file* real(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<File*>(file) + 1);
}

sqlite3_vfs* real(sqlite3_vfs* vfs) {
  return static_cast<sqlite3_vfs*>(vfs->pAppData);
}

int read(sqlite3_file* file, void* bytes, int amount, sqlite3_int64 offset) {
  const int code = real(file)->pMethods->xRead(real(file), bytes, amount, offset);
  const Pages& pages = reinterpret_cast<File*>(file)->pages;
  if (code != SQLITE_OK || !pages.sums || amount != pages.size) return code;
  auto* page = static_cast<char*>(bytes);
  if (offset != 0 && !holds(page, amount, offset)) return SQLITE_CORRUPT;
  // So that no page goes to the log with the sum of what it was before.
  std::memset(page + amount - kSumBytes, 0, kSumBytes);
  return SQLITE_OK;
}

int write(sqlite3_file* file, const void* bytes, int amount, sqlite3_int64 offset) {
  Pages& pages = reinterpret_cast<File*>(file)->pages;
  if (offset == 0 && amount >= kHeader) pages = pages_of(static_cast<const unsigned char*>(bytes));
  const bool page = amount >= kSmallestPage && (pages.size == 0 || amount == pages.size);
  const auto as_it_is = [&] { return real(file)->pMethods->xWrite(real(file), bytes, amount, offset); };
  if (!pages.sums || !page) return as_it_is();
  // The pager's own copy: nobody else looks at these bytes.
  auto* whole = static_cast<char*>(const_cast<void*>(bytes));
  const std::uint64_t sum = sum_of(whole, amount, offset);
  std::memcpy(whole + amount - kSumBytes, &sum, sizeof sum);
  const int code = as_it_is();
  std::memset(whole + amount - kSumBytes, 0, kSumBytes);
  return code;
}

// Calls a method of the real file.
template <auto method, class... Arguments>
int pass(sqlite3_file* file, Arguments... arguments) {
  return (real(file)->pMethods->*method)(real(file), arguments...);
}

using Methods = sqlite3_io_methods;

void barrier(sqlite3_file* file) {
  real(file)->pMethods->xShmBarrier(real(file));
}

// Version 2: without mapped pages, which would pass by read().
constexpr Methods kMethods = {2,
                              pass<&Methods::xClose>,
                              read,
                              write,
                              pass<&Methods::xTruncate, sqlite3_int64>,
                              pass<&Methods::xSync, int>,
                              pass<&Methods::xFileSize, sqlite3_int64*>,
                              pass<&Methods::xLock, int>,
                              pass<&Methods::xUnlock, int>,
                              pass<&Methods::xCheckReservedLock, int*>,
                              pass<&Methods::xFileControl, int, void*>,
                              pass<&Methods::xSectorSize>,
                              pass<&Methods::xDeviceCharacteristics>,
                              pass<&Methods::xShmMap, int, int, int, void volatile**>,
                              pass<&Methods::xShmLock, int, int, int>,
                              barrier,
                              pass<&Methods::xShmUnmap, int>,
                              nullptr,
                              nullptr};

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  if ((flags & SQLITE_OPEN_MAIN_DB) == 0) return real(vfs)->xOpen(real(vfs), name, file, flags, flags_out);
  auto* ours = new (file) File{};
  const int code = real(vfs)->xOpen(real(vfs), name, real(file), flags, flags_out);
  if (code != SQLITE_OK) return code;
  ours->base.pMethods = &kMethods;
  std::array<unsigned char, kHeader> header{};
  const int header_read = real(file)->pMethods->xRead(real(file), header.data(), kHeader, 0);
  if (header_read == SQLITE_OK) ours->pages = pages_of(header.data());
  if (header_read == SQLITE_IOERR_SHORT_READ) ours->pages.sums = true; // new: it will have them
  return SQLITE_OK;
}

sqlite3_vfs make_vfs(sqlite3_vfs* below) {
  sqlite3_vfs vfs = *below; // what is not replaced does not look at whose it is
  vfs.szOsFile = static_cast<int>(sizeof(File)) + below->szOsFile;
  vfs.pNext = nullptr;
  vfs.zName = kName;
  vfs.pAppData = below;
  vfs.xOpen = open;
  vfs.xDelete = [](sqlite3_vfs* of, const char* name, int sync) {
    return real(of)->xDelete(real(of), name, sync);
  };
  vfs.xAccess = [](sqlite3_vfs* of, const char* name, int flags, int* out) {
    return real(of)->xAccess(real(of), name, flags, out);
  };
  vfs.xFullPathname = [](sqlite3_vfs* of, const char* name, int size, char* out) {
    return real(of)->xFullPathname(real(of), name, size, out);
  };
  return vfs;
}

// Of the file itself, which a checkpoint may be writing to: once more then.
bool reads_first_page(int descriptor, std::string& page) {
  std::array<unsigned char, kHeader> header{};
  if (::pread(descriptor, header.data(), header.size(), 0) != kHeader) return false;
  const Pages pages = pages_of(header.data());
  if (!pages.sums || pages.size < kSmallestPage) return false;
  page.resize(static_cast<std::size_t>(pages.size));
  return ::pread(descriptor, page.data(), page.size(), 0) == static_cast<ssize_t>(page.size());
}

} // namespace

const char* page_sums_vfs() {
  static sqlite3_vfs vfs = make_vfs(sqlite3_vfs_find(nullptr));
  static const int registered = sqlite3_vfs_register(&vfs, 0);
  return registered == SQLITE_OK ? kName : nullptr;
}

void reserve_page_sums(sqlite3* database) {
  int bytes = kSumBytes;
  sqlite3_file_control(database, "main", SQLITE_FCNTL_RESERVE_BYTES, &bytes);
}

bool has_page_sums(sqlite3* database) {
  const char* name = sqlite3_db_filename(database, "main");
  if (name == nullptr || *name == '\0') return true;
  sqlite3_file* file = nullptr;
  sqlite3_file_control(database, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  return file != nullptr && file->pMethods == &kMethods && reinterpret_cast<File*>(file)->pages.sums;
}

bool sees_page_sums(sqlite3* reader) {
  int bytes = -1;
  sqlite3_file_control(reader, "main", SQLITE_FCNTL_RESERVE_BYTES, &bytes);
  return bytes == kSumBytes;
}

bool first_page_holds(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return true;
  bool sound = false;
  for (int tries = 0; tries < 3 && !sound; ++tries) {
    std::string page;
    sound = !reads_first_page(descriptor, page) || holds(page.data(), static_cast<int>(page.size()), 0);
  }
  ::close(descriptor);
  return sound;
}

} // namespace homespool::spool::index
