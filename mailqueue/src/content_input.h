#pragma once
// What stands behind a Writer: bytes in memory, then in the database or a file, then a message.

#include "accept.h"
#include "content_file.h"
#include "database.h"
#include "sha256.h"

#include <mailqueue/writer.h>

#include <limits>

namespace mailqueue {

class ContentInput {
 public:
  /// Anonymous content, held in memory up to `memory` bytes; more of it goes into a file. What was never out
  /// of memory and has no more than `row` bytes goes into its message's row.
  ContentInput(Database& database, std::size_t memory, std::size_t row, Time now);

  /// Named content of a known size, continued if there is some. A new one of at least `large` bytes gets a
  /// file.
  ContentInput(Database& database, std::string_view transfer_key, std::uint64_t size, std::size_t row,
               std::size_t large, Time now);

  ContentInput(const ContentInput&) = delete;
  ContentInput& operator=(const ContentInput&) = delete;

  /// Anonymous content goes; of named content as much as possible is kept.
  ~ContentInput();

  std::uint64_t offset() const { return written_ + buffer_.size(); }
  Digest digest() const;
  void append(Bytes bytes);
  void truncate(std::uint64_t size);
  void flush(Time now);
  Accepted commit(const Envelope& envelope, Time now);
  void discard();

  /// The database's half of commit(), in the caller's transaction, and the end of this object once that
  /// transaction is durable. If it is not, this object is as before.
  Accepted settle(const Envelope& envelope, Time now);

  /// discard() in the caller's transaction.
  void drop();

  const Database& database() const { return database_; }

 private:
  /// Takes back what the database was asked to call at the end of a transaction.
  struct Enrolment {
    ~Enrolment() { database.forget(input); }
    Database& database;
    const ContentInput* input;
  };

  void adopt(Time now);
  void create_row(Time now);
  void rehash();
  void spill();
  void write_out(Bytes bytes);
  void write_out_buffer();
  std::size_t touch(std::uint64_t size, Time now);
  Body body(Time now);
  std::size_t delete_row();
  void close();
  void lose_if_undone();
  void require_open() const;
  void require_mine(std::size_t rows) const;

  Database& database_;
  std::size_t memory_;
  std::size_t row_;
  std::size_t large_ = 0;
  Time touched_;
  std::optional<std::string> transfer_key_;
  std::optional<std::uint64_t> announced_;
  std::optional<std::int64_t> content_;  ///< its row, once there is one
  /// Which opening of the row this is; the last one owns it. Drawn by chance, for numbers of rows come again.
  std::int64_t owner_ = 0;
  std::string file_name_;  ///< empty: the bytes are in the database
  std::optional<ContentFile> file_;
  std::uint64_t stored_ = 0;       ///< bytes that are durable
  std::uint64_t written_ = 0;      ///< bytes that left memory; more than stored_ only with a file
  std::vector<std::byte> buffer_;  ///< bytes that follow
  Sha256 hash_;                    ///< of the bytes that left memory
  mutable std::optional<Digest> digest_;
  bool closed_ = false;
  bool lost_ = false;  ///< a batch that was rolled back took our row along
  Enrolment enrolment_{database_, this};
};

}  // namespace mailqueue
