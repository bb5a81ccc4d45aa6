#pragma once
// A thin, owning layer over SQLite: connection, statement, transaction.

#include <mailqueue/envelope.h>
#include <mailqueue/error.h>

#include <sqlite3.h>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

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

  Statement(Database& database, std::string_view sql, Handle handle);
  Statement(Statement&&) = default;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  /// Moves to the next row; false at the end.
  bool step();

  template <class... Values>
  void bind_all(const Values&... values) {
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
  std::string_view sql_;
  Handle handle_;
};

/// A connection that prepares each text once.
class Database {
 public:
  Database(const std::filesystem::path& file, std::chrono::milliseconds busy_timeout);

  /// `sql` must live as long as the connection (a literal).
  template <class... Values>
  Statement query(std::string_view sql, const Values&... values) {
    Statement statement(*this, sql, prepare(sql));
    statement.bind_all(values...);
    return statement;
  }

  /// Runs to the end and returns the number of rows changed.
  template <class... Values>
  std::size_t run(std::string_view sql, const Values&... values) {
    Statement statement = query(sql, values...);
    while (statement.step()) {
    }
    return static_cast<std::size_t>(sqlite3_changes64(connection_.get()));
  }

  /// First column of the first row, 0 if there is none.
  template <class... Values>
  std::int64_t number(std::string_view sql, const Values&... values) {
    Statement statement = query(sql, values...);
    return statement.step() ? statement.integer(0) : 0;
  }

  /// Several statements without parameters.
  void script(const char* sql);

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

  Statement::Handle prepare(std::string_view sql);
  void keep(std::string_view sql, Statement::Handle handle);

  std::string path_;
  std::chrono::milliseconds busy_timeout_;
  std::unique_ptr<sqlite3, Close> connection_;
  std::map<std::string_view, Statement::Handle> idle_;
};

/// All or nothing. Rolls back unless it was committed.
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

  /// Durable on return.
  void commit();

 private:
  Database& database_;
  bool open_ = false;
};

}  // namespace mailqueue
