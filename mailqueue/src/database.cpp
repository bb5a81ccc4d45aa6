#include "database.h"

#include "durable_name.h"
#include "stored_time.h"

#include <cerrno>
#include <cstring>
#include <new>
#include <random>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace mailqueue {

namespace {

// SQLite would make the file readable by everybody; mail is nobody else's business. Its helpers (-wal, -shm)
// take the mode of the database.
//
// A database that is there already must not be opened here, nor one that another thread may have opened
// meanwhile: to close it would drop the locks of all connections of this process (fcntl(2)), and the next
// program that closes the queue would take itself for the last one and remove the log that others write to.
void create_private(const std::filesystem::path& file) {
  std::error_code none;
  if (std::filesystem::exists(file, none)) return;
  const std::string draft = file.string() + ".new-" + std::to_string(std::random_device{}());
  const int fd = ::open(draft.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0660);
  if (fd < 0) return;  // that the queue cannot be made is said when it is opened
  ::close(fd);
  if (::renameat2(AT_FDCWD, draft.c_str(), AT_FDCWD, file.c_str(), RENAME_NOREPLACE) == 0) return;
  // Some network file systems know only the plain forms.
  if (errno == EINVAL) static_cast<void>(::link(draft.c_str(), file.c_str()));
  ::unlink(draft.c_str());
}

// SQLite makes the name of its log durable only if it made the file itself, together with the head of the
// log. A program that was killed before that has left a log without more than a head; without this all that
// is then written to it would go with its name when power is lost.
void secure_log_name(const std::filesystem::path& file) {
  constexpr std::uintmax_t head = 32;
  std::error_code none;
  const auto size = std::filesystem::file_size(file.string() + "-wal", none);
  if (!none && size <= head) sync_folder(std::filesystem::absolute(file).parent_path());
}

bool out_of_space(int system_error) {
  return system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG;
}

}  // namespace

Database::Database(const std::filesystem::path& file, std::chrono::milliseconds busy_timeout)
    : path_(file.string()), busy_timeout_(busy_timeout), patience_(std::make_unique<Patience>(busy_timeout)) {
  create_private(file);
  secure_log_name(file);
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(
      path_.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  connection_.reset(raw);
  if (code != SQLITE_OK) fail(code);
  sqlite3_busy_handler(
      raw, [](void* patience, int tries) { return static_cast<Patience*>(patience)->wait(tries) ? 1 : 0; },
      patience_.get());
}

Statement Database::prepare(std::string_view sql) {
  Statement::Handle& home = idle_[sql.data()];
  if (home) return {*this, home, std::move(home)};
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (code != SQLITE_OK) fail(code);
  return {*this, home, Statement::Handle(raw)};
}

void Database::at_end(const void* owner, std::function<void(bool)> ending) {
  endings_.push_back({owner, std::move(ending)});
}

void Database::forget(const void* owner) {
  std::erase_if(endings_, [owner](const Ending& ending) { return ending.owner == owner; });
}

void Database::ended(bool durable) {
  in_transaction_ = false;
  broken_ = false;
  tallies_.clear();
  for (const Ending& ending : std::exchange(endings_, {})) ending.call(durable);
}

void Database::count_log_pages() {
  const auto note = [](void* count, sqlite3*, const char*, int pages) {
    *static_cast<int*>(count) = pages;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(connection_.get(), note, log_pages_.get());
}

void Database::script(const char* sql) {
  const int code = sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code);
}

void Database::use_log() {
  // SQLite reads the mode before it locks the database to change it, and does not wait for a lock while it
  // reads, lest two that wait so wait for each other. To begin again lets go of what it has.
  for (int tries = 0;; ++tries) {
    const int code = sqlite3_exec(connection_.get(), "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr);
    if ((code & 0xFF) == SQLITE_BUSY && patience_->wait(tries)) continue;
    if (code != SQLITE_OK) fail(code);
    script("PRAGMA synchronous = FULL");
    return;
  }
}

void Database::fail(int code) const {
  const std::string queue = "mail queue " + path_ + ": ";
  const std::string detail = connection_ ? sqlite3_errmsg(connection_.get()) : sqlite3_errstr(code);
  const int system_error = connection_ ? sqlite3_system_errno(connection_.get()) : 0;
  switch (code & 0xFF) {
    case SQLITE_FULL:
      throw Error(ErrorKind::full, queue + "no space is left (" + detail + "); free some and try again");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      throw Error(ErrorKind::locked, queue + "another program has kept it locked for " +
                                         std::to_string(busy_timeout_.count()) +
                                         " ms; try again, and look for a program that hangs");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      throw Error(ErrorKind::corrupt, queue + "damaged (" + detail +
                                          "); keep a copy of the file and restore it, or move it away");
    case SQLITE_READONLY:
    case SQLITE_PERM:
      throw Error(ErrorKind::read_only, queue + "cannot be written (" + detail +
                                            "); make the file and its folder writable for this user");
    case SQLITE_CANTOPEN:
      throw Error(ErrorKind::cannot_open,
                  queue + "cannot be opened (" +
                      (system_error != 0 ? std::strerror(system_error) : detail.c_str()) +
                      "); its folder must exist and be accessible for this user");
    case SQLITE_IOERR:
      if (out_of_space(system_error)) {
        throw Error(ErrorKind::full, queue + "no space is left (" + std::strerror(system_error) +
                                         "); free some and try again");
      }
      throw Error(ErrorKind::io,
                  queue + "the disk failed (" + detail +
                      (system_error != 0 ? std::string("; ") + std::strerror(system_error) : std::string()) +
                      "); check the disk and its file system");
    case SQLITE_ERROR:
      throw Error(ErrorKind::corrupt, queue + "not laid out as it should be (" + detail +
                                          "); keep a copy of the file and restore it, or move it away");
    case SQLITE_NOMEM:
      throw std::bad_alloc();
    default:
      throw Error(ErrorKind::misuse, queue + detail + "; this is an error in the program, report it");
  }
}

Statement::~Statement() {
  if (!handle_) return;
  sqlite3_reset(handle_.get());
  *home_ = std::move(handle_);
}

bool Statement::step() {
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  database_->fail(code);
}

void Statement::require(int code) const {
  if (code != SQLITE_OK) database_->fail(code);
}

std::string Statement::text(int column) const {
  const Bytes value = bytes(column);
  return {reinterpret_cast<const char*>(value.data()), value.size()};
}

Bytes Statement::bytes(int column) const {
  const auto* start = static_cast<const std::byte*>(sqlite3_column_blob(handle_.get(), column));
  return {start, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

Time Statement::time(int column) const {
  return from_stored(integer(column));
}

void Statement::bind(int index, std::string_view value) {
  // An empty view may have no address, which SQLite would take for NULL.
  require(sqlite3_bind_text64(handle_.get(), index, value.empty() ? "" : value.data(), value.size(), keep_,
                              SQLITE_UTF8));
}

void Statement::bind(int index, Bytes value) {
  const void* start = value.empty() ? static_cast<const void*>("") : value.data();
  require(sqlite3_bind_blob64(handle_.get(), index, start, value.size(), keep_));
}

void Statement::bind(int index, Time value) {
  bind(index, to_stored(value));
}

void Statement::bind(int index, std::nullptr_t) {
  require(sqlite3_bind_null(handle_.get(), index));
}

Transaction::Transaction(Database& database, Kind kind)
    : database_(database), kind_(kind), inner_(database.in_transaction_) {
  if (inner_) {
    if (database_.broken_) {
      throw Error(ErrorKind::misuse,
                  "a call of this batch has failed; leave the batch and start another one");
    }
    return;
  }
  database_.run(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN");
  database_.in_transaction_ = true;
  open_ = true;
}

Transaction::~Transaction() {
  if (inner_) {
    if (!complete_ && kind_ == Kind::write) database_.broken_ = true;
    return;
  }
  if (!open_) return;
  // SQLite has rolled back by itself after some errors; then there is nothing left to do.
  sqlite3* const connection = database_.connection_.get();
  if (sqlite3_get_autocommit(connection) == 0)
    sqlite3_exec(connection, "ROLLBACK", nullptr, nullptr, nullptr);
  database_.ended(false);
}

void Transaction::commit() {
  if (inner_) {
    complete_ = true;
    return;
  }
  if (database_.broken_) {
    throw Error(ErrorKind::misuse, "a call of this batch has failed; nothing of the batch was done");
  }
  database_.tallies_.write(database_);
  database_.run("COMMIT");
  open_ = false;
  database_.ended(true);
}

}  // namespace mailqueue
