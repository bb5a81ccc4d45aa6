#pragma once
// What stands behind a Writer: bytes in memory, then in the database, then a message.

#include "database.h"
#include "sha256.h"

#include <mailqueue/writer.h>

#include <limits>

namespace mailqueue {

class ContentInput {
 public:
  /// Anonymous content, held in memory up to `memory` bytes.
  ContentInput(Database& database, std::size_t memory, Time now);

  /// Named content of a known size, continued if there is some.
  ContentInput(Database& database, std::string_view transfer_key, std::uint64_t size, Time now);

  ContentInput(const ContentInput&) = delete;
  ContentInput& operator=(const ContentInput&) = delete;

  /// Anonymous content goes; of named content as much as possible is kept.
  ~ContentInput();

  std::uint64_t offset() const { return stored_ + buffer_.size(); }
  Digest digest() const { return hash_.digest(); }
  void append(Bytes bytes);
  void truncate(std::uint64_t size);
  void flush(Time now);
  Accepted commit(const Envelope& envelope, Time now);
  void discard();

  /// The database's half of commit(), in the caller's transaction; this object does not change. To be
  /// followed by close() once the transaction is durable.
  Accepted settle(const Envelope& envelope, Time now);
  void close() { closed_ = true; }

  const Database& database() const { return database_; }

 private:
  void adopt(std::string_view transfer_key, Time now);
  void rehash();
  void require_open() const;
  void require_mine(std::size_t rows_changed) const;
  std::int64_t create_row(Time now);
  std::int64_t complete_row(Time now);

  Database& database_;
  std::size_t memory_;
  Time touched_;
  std::optional<std::string> transfer_key_;
  std::optional<std::uint64_t> announced_;
  std::optional<std::int64_t> content_;  ///< its row, once there is one
  std::int64_t owner_ = 0;               ///< which opening of the row this is; the last one owns it
  std::uint64_t stored_ = 0;             ///< bytes in the database
  std::vector<std::byte> buffer_;        ///< bytes that follow
  Sha256 hash_;
  bool closed_ = false;
};

}  // namespace mailqueue
