#include "content_input.h"

#include "accept.h"
#include "content.h"

#include <algorithm>

namespace mailqueue {

ContentInput::ContentInput(Database& database, std::size_t memory, Time now)
    : database_(database), memory_(std::max<std::size_t>(memory, 1)), touched_(now) {}

ContentInput::ContentInput(Database& database, std::string_view transfer_key, std::uint64_t size, Time now)
    : database_(database), memory_(chunk_size), touched_(now), transfer_key_(transfer_key), announced_(size) {
  Transaction transaction(database_);
  adopt(transfer_key, now);
  transaction.commit();
}

ContentInput::~ContentInput() {
  if (closed_) return;
  try {
    if (transfer_key_) {
      flush(touched_);
    } else {
      discard();
    }
  } catch (const std::exception&) {
    // What is left behind expires; what was not kept is sent again.
  }
}

void ContentInput::adopt(std::string_view transfer_key, Time now) {
  {
    Statement row = database_.query("SELECT id, announced, size, owner FROM content WHERE transfer_key = ?",
                                    transfer_key);
    if (row.step()) {
      content_ = row.integer(0);
      owner_ = row.integer(3) + 1;
      if (static_cast<std::uint64_t>(row.integer(1)) == *announced_)
        stored_ = static_cast<std::uint64_t>(row.integer(2));
    }
  }
  if (!content_) {
    content_ = create_row(now);
    return;
  }
  if (stored_ == 0) cut_chunks(database_, *content_, 0);
  database_.run("UPDATE content SET owner = ?, announced = ?, size = ?, touched = ? WHERE id = ?", owner_,
                *announced_, stored_, now, *content_);
  rehash();
}

void ContentInput::rehash() {
  hash_ = Sha256();
  if (content_ && stored_ > 0) {
    std::uint64_t found = 0;
    read_chunks(database_, *content_, 0, [&](Bytes bytes) {
      hash_.update(bytes);
      found += bytes.size();
      return true;
    });
    require_mine(found == stored_ ? 1 : 0);
  }
  hash_.update(buffer_);
}

void ContentInput::append(Bytes bytes) {
  require_open();
  if (announced_ && bytes.size() > *announced_ - offset()) {
    throw Error(ErrorKind::misuse, "more content than the " + std::to_string(*announced_) +
                                       " bytes announced; the sender must announce the true size");
  }
  while (!bytes.empty()) {
    if (buffer_.size() >= memory_) flush(touched_);
    const Bytes piece = bytes.first(std::min(bytes.size(), memory_ - buffer_.size()));
    buffer_.insert(buffer_.end(), piece.begin(), piece.end());
    hash_.update(piece);
    bytes = bytes.subspan(piece.size());
  }
}

void ContentInput::truncate(std::uint64_t size) {
  require_open();
  if (size > offset()) throw Error(ErrorKind::misuse, "content cannot be cut behind its end");
  if (size < stored_) {
    Transaction transaction(database_);
    cut_chunks(database_, *content_, size);
    require_mine(database_.run("UPDATE content SET size = ? WHERE id = ? AND owner = ? AND complete = 0",
                               size, *content_, owner_));
    transaction.commit();
    stored_ = size;
  }
  buffer_.resize(size - stored_);
  rehash();
}

void ContentInput::flush(Time now) {
  require_open();
  Transaction transaction(database_);
  const std::int64_t content = content_ ? *content_ : create_row(now);
  require_mine(
      database_.run("UPDATE content SET size = ?, touched = ? WHERE id = ? AND owner = ? AND complete = 0",
                    offset(), now, content, owner_));
  write_chunks(database_, content, stored_, buffer_);
  transaction.commit();
  content_ = content;
  stored_ = offset();
  buffer_.clear();
  touched_ = now;
}

Accepted ContentInput::commit(const Envelope& envelope, Time now) {
  Transaction transaction(database_);
  const Accepted accepted = settle(envelope, now);
  transaction.commit();
  close();
  return accepted;
}

Accepted ContentInput::settle(const Envelope& envelope, Time now) {
  require_open();
  require_valid(envelope);
  if (announced_ && *announced_ != offset()) {
    throw Error(ErrorKind::misuse, "content of " + std::to_string(offset()) + " bytes instead of the " +
                                       std::to_string(*announced_) + " announced; receive the rest first");
  }
  const std::vector<Recipient> fresh = note_seen(database_, envelope, now);
  if (fresh.empty()) {
    if (content_) drop_content(database_, *content_);
    return {};
  }
  const std::int64_t content = complete_row(now);
  write_chunks(database_, content, stored_, buffer_);
  return {insert_message(database_, envelope, fresh, content, offset(), now), fresh.size()};
}

void ContentInput::discard() {
  require_open();
  if (content_)
    database_.run("DELETE FROM content WHERE id = ? AND owner = ? AND complete = 0", *content_, owner_);
  close();
}

std::int64_t ContentInput::create_row(Time now) {
  database_.run(
      "INSERT INTO content (complete, transfer_key, announced, size, touched, owner) VALUES (0, ?, ?, 0, ?, "
      "?)",
      transfer_key_, announced_, now, owner_);
  return database_.last_id();
}

std::int64_t ContentInput::complete_row(Time now) {
  const Digest digest = hash_.digest();
  const Bytes digest_bytes = std::as_bytes(std::span(digest));
  if (!content_) {
    database_.run("INSERT INTO content (complete, size, digest, touched, owner) VALUES (1, ?, ?, ?, 0)",
                  offset(), digest_bytes, now);
    return database_.last_id();
  }
  require_mine(database_.run(
      "UPDATE content SET complete = 1, transfer_key = NULL, size = ?, digest = ? WHERE id = ? AND owner = ? "
      "AND complete = 0",
      offset(), digest_bytes, *content_, owner_));
  return *content_;
}

void ContentInput::require_open() const {
  if (closed_) throw Error(ErrorKind::misuse, "this content was committed or discarded already");
}

void ContentInput::require_mine(std::size_t rows_changed) const {
  if (rows_changed == 1) return;
  throw Error(ErrorKind::gone,
              "mail queue " + database_.path() +
                  ": this partial content expired or is being received elsewhere; start again");
}

}  // namespace mailqueue
