#pragma once
// A thin, owning layer over SQLite: connection, statement, transaction.

#include "patience.h"
#include "tallies.h"

#include <mailqueue/envelope.h>
#include <mailqueue/error.h>

#include <sqlite3.h>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mailqueue {

using Bytes = std::span<const std::byte>;

class Database;

/// A prepared statement on loan from its Database, with its parameters bound.
class Statement {
 public:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  using Handle = std::unique_ptr<sqlite3_stmt, Finalize>;

  /// Whether text and bytes that are bound live until the last step; otherwise they are copied.
  enum class Bound { copied, kept };

  Statement(Database& database, Handle& home, Handle handle)
      : database_(&database), home_(&home), handle_(std::move(handle)) {}
  Statement(Statement&&) = default;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  /// Moves to the next row; false at the end.
  bool step();

  template <class... Values>
  void bind_all(Bound bound, const Values&... values) {
    keep_ = bound == Bound::kept ? SQLITE_STATIC : SQLITE_TRANSIENT;
    int index = 0;
    (bind(++index, values), ...);
  }

  std::int64_t integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }
  bool is_null(int column) const { return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL; }
  std::string text(int column) const;
  Bytes bytes(int column) const;  ///< valid until the next step
  Time time(int column) const;

 private:
  template <std::integral Integer>
  void bind(int index, Integer value) {
    require(sqlite3_bind_int64(handle_.get(), index, static_cast<std::int64_t>(value)));
  }
  void bind(int index, std::string_view value);
  void bind(int index, Bytes value);
  void bind(int index, Time value);
  void bind(int index, std::nullptr_t);
  void bind(int index, Priority value) { bind(index, static_cast<int>(value)); }
  void bind(int index, State value) { bind(index, static_cast<int>(value)); }
  template <class Value>
  void bind(int index, const std::optional<Value>& value) {
    if (value) {
      bind(index, *value);
    } else {
      bind(index, nullptr);
    }
  }
  void require(int code) const;

  Database* database_;
  Handle* home_;
  Handle handle_;
  sqlite3_destructor_type keep_ = SQLITE_TRANSIENT;
};

/// A connection that prepares each text once.
class Database {
 public:
  Database(const std::filesystem::path& file, std::chrono::milliseconds busy_timeout);

  /// `sql` must live as long as the connection (a literal).
  template <class... Values>
  Statement query(std::string_view sql, const Values&... values) {
    Statement statement = prepare(sql);
    statement.bind_all(Statement::Bound::copied, values...);
    return statement;
  }

  /// Runs to the end and returns the number of rows changed.
  template <class... Values>
  std::size_t run(std::string_view sql, const Values&... values) {
    Statement statement = prepare(sql);
    statement.bind_all(Statement::Bound::kept, values...);
    while (statement.step()) {
    }
    return static_cast<std::size_t>(sqlite3_changes64(connection_.get()));
  }

  /// First column of the first row, 0 if there is none.
  template <class... Values>
  std::int64_t number(std::string_view sql, const Values&... values) {
    Statement statement = prepare(sql);
    statement.bind_all(Statement::Bound::kept, values...);
    return statement.step() ? statement.integer(0) : 0;
  }

  /// Several statements without parameters.
  void script(const char* sql);

  /// Writes go to a log beside the database from now on, and are durable when they are committed. Waits for
  /// other programs that use it; not in a transaction.
  void use_log();

  /// Calls `ending` once, when the transaction that is open now has ended: true if it is durable. It must not
  /// throw. `owner` may forget() it until then.
  void at_end(const void* owner, std::function<void(bool)> ending);
  void forget(const void* owner);
  bool in_transaction() const { return in_transaction_; }

  /// From now on log_pages() tells how long the log was at the last commit, and nothing is copied back to the
  /// database unless somebody asks for it.
  void count_log_pages();
  int log_pages() const { return *log_pages_; }

  /// Sums that change with nearly every message, written when the transaction is committed.
  Tallies& tallies() { return tallies_; }

  std::int64_t last_id() const { return sqlite3_last_insert_rowid(connection_.get()); }
  bool read_only() const { return sqlite3_db_readonly(connection_.get(), "main") == 1; }
  const std::string& path() const { return path_; }

  /// Throws what `code`, just returned by SQLite, means.
  [[noreturn]] void fail(int code) const;

 private:
  friend class Statement;
  friend class Transaction;
  struct Close {
    void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
  };

  struct Ending {
    const void* owner = nullptr;
    std::function<void(bool)> call;
  };

  Statement prepare(std::string_view sql);
  void ended(bool durable);

  std::string path_;
  std::chrono::milliseconds busy_timeout_;
  std::unique_ptr<Patience> patience_;                         ///< its address is the connection's
  std::unique_ptr<int> log_pages_ = std::make_unique<int>(0);  ///< its address is the connection's
  std::unique_ptr<sqlite3, Close> connection_;
  std::unordered_map<const char*, Statement::Handle> idle_;  ///< by the address of their text
  Tallies tallies_;
  std::vector<Ending> endings_;
  bool in_transaction_ = false;
  bool broken_ = false;  ///< a part of the transaction failed, and the whole must not be committed
};

/// All or nothing. Rolls back unless it was committed. One inside another is a part of the outer one: its
/// commit() does nothing yet, and if it ends without, the outer one cannot be committed any more.
class Transaction {
 public:
  enum class Kind {
    read,   ///< one moment of the database for several queries
    write,  ///< takes the write lock at once, so that it never fails half way for want of it
  };

  explicit Transaction(Database& database, Kind kind = Kind::write);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  /// Durable on return, if this is the outermost.
  void commit();

 private:
  Database& database_;
  Kind kind_;
  bool inner_;
  bool open_ = false;      ///< the outermost: begun and not ended
  bool complete_ = false;  ///< an inner one: committed
};

}  // namespace mailqueue
