#include "content_input.h"

#include "content.h"
#include "random.h"

#include <algorithm>

namespace mailqueue {

namespace {

/// Pieces from this size on go straight to a file, without a stay in memory.
constexpr std::size_t direct = 256 * 1024;

}  // namespace

ContentInput::ContentInput(Database& database, std::size_t memory, std::size_t row, Time now)
    : database_(database), memory_(std::max<std::size_t>(memory, 1)), row_(row), touched_(now) {}

ContentInput::ContentInput(Database& database, std::string_view transfer_key, std::uint64_t size,
                           std::size_t row, std::size_t large, Time now)
    : database_(database),
      memory_(chunk_size),
      row_(row),
      large_(large),
      touched_(now),
      transfer_key_(transfer_key),
      announced_(size) {
  Transaction transaction(database_);
  adopt(now);
  transaction.commit();
  lose_if_undone();
  if (!file_name_.empty()) memory_ = std::max(memory_, direct);
}

ContentInput::~ContentInput() {
  if (closed_ || lost_) return;
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

void ContentInput::adopt(Time now) {
  {
    Statement row = database_.query("SELECT id, announced, size, file FROM content WHERE transfer_key = ?",
                                    *transfer_key_);
    if (row.step()) {
      content_ = row.integer(0);
      file_name_ = row.text(3);
      if (static_cast<std::uint64_t>(row.integer(1)) == *announced_)
        stored_ = static_cast<std::uint64_t>(row.integer(2));
    }
  }
  if (stored_ > 0 && !file_name_.empty()) {
    file_ = ContentFile::open_or_create(database_, file_name_);
    if (file_->size() < stored_) stored_ = 0;
  }
  if (content_ && stored_ == 0) {
    // Another row and another file: who had this content before may still write to the old one.
    file_.reset();
    drop_content(database_, *content_);
    content_.reset();
  }
  if (!content_) return create_row(now);
  written_ = stored_;
  owner_ = random_number();
  database_.run("UPDATE content SET owner = ?, touched = ? WHERE id = ?", owner_, now, *content_);
  rehash();
}

void ContentInput::create_row(Time now) {
  owner_ = random_number();
  const bool in_file = announced_ ? *announced_ >= large_ : buffer_.size() >= memory_;
  file_name_ = in_file ? new_file_name() : std::string();
  database_.run(
      "INSERT INTO content (complete, transfer_key, announced, size, touched, owner, file) VALUES (0, ?, ?, "
      "0, ?, ?, ?)",
      transfer_key_, announced_, now, owner_, in_file ? std::optional(file_name_) : std::nullopt);
  content_ = database_.last_id();
}

void ContentInput::rehash() {
  constexpr std::size_t piece = 1 << 20;
  digest_.reset();
  hash_ = Sha256();
  std::uint64_t found = 0;
  const auto take = [&](Bytes bytes) {
    hash_.update(bytes);
    found += bytes.size();
    return true;
  };
  if (file_) {
    while (found < written_) {
      const std::string bytes =
          file_->read(found, static_cast<std::size_t>(std::min<std::uint64_t>(piece, written_ - found)));
      if (bytes.empty()) break;
      take(std::as_bytes(std::span(bytes)));
    }
  } else if (written_ > 0) {
    read_chunks(database_, *content_, 0, take);
  }
  require_mine(found == written_ ? 1 : 0);
}

Digest ContentInput::digest() const {
  if (!digest_) {
    Sha256 hash(hash_);
    hash.update(buffer_);
    digest_ = hash.digest();
  }
  return *digest_;
}

void ContentInput::append(Bytes bytes) {
  require_open();
  if (announced_ && bytes.size() > *announced_ - offset()) {
    throw Error(ErrorKind::misuse, "more content than the " + std::to_string(*announced_) +
                                       " bytes announced; the sender must announce the true size");
  }
  digest_.reset();
  while (!bytes.empty()) {
    if (buffer_.size() >= memory_) spill();
    const bool straight = content_ && !file_name_.empty() && buffer_.empty() && bytes.size() >= direct;
    const Bytes piece = straight ? bytes : bytes.first(std::min(bytes.size(), memory_ - buffer_.size()));
    if (straight) {
      write_out(piece);
    } else {
      buffer_.insert(buffer_.end(), piece.begin(), piece.end());
    }
    bytes = bytes.subspan(piece.size());
  }
}

void ContentInput::spill() {
  if (content_ && file_name_.empty()) return flush(touched_);
  if (!content_) {
    Transaction transaction(database_);
    create_row(touched_);
    transaction.commit();
    lose_if_undone();
  }
  write_out_buffer();
}

void ContentInput::write_out_buffer() {
  write_out(buffer_);
  buffer_.clear();
}

void ContentInput::write_out(Bytes bytes) {
  if (bytes.empty()) return;
  // Nobody can take it over while bytes are written to what would then be his.
  Transaction claim(database_);
  require_mine(static_cast<std::size_t>(database_.number(
      "SELECT count(*) FROM content WHERE id = ? AND owner = ? AND complete = 0", *content_, owner_)));
  if (!file_) file_ = ContentFile::open_or_create(database_, file_name_);
  file_->write(written_, bytes);
  claim.commit();
  hash_.update(bytes);
  written_ += bytes.size();
}

void ContentInput::truncate(std::uint64_t size) {
  require_open();
  if (size > offset()) throw Error(ErrorKind::misuse, "content cannot be cut behind its end");
  if (size < stored_) {
    Transaction transaction(database_);
    if (file_name_.empty()) cut_chunks(database_, *content_, size);
    require_mine(touch(size, touched_));
    transaction.commit();
    lose_if_undone();
    stored_ = size;
  }
  buffer_.resize(size > written_ ? size - written_ : 0);
  written_ = std::min(written_, size);
  rehash();
}

void ContentInput::flush(Time now) {
  require_open();
  if (!file_name_.empty()) {
    // The disk is waited for before others have to wait for the transaction.
    write_out_buffer();
    if (file_) file_->sync();
  }
  Transaction transaction(database_);
  if (!content_) create_row(now);
  require_mine(touch(offset(), now));
  write_chunks(database_, *content_, written_, buffer_);
  transaction.commit();
  lose_if_undone();
  hash_.update(buffer_);
  written_ = stored_ = offset();
  buffer_.clear();
  touched_ = now;
}

std::size_t ContentInput::touch(std::uint64_t size, Time now) {
  return database_.run("UPDATE content SET size = ?, touched = ? WHERE id = ? AND owner = ? AND complete = 0",
                       size, now, *content_, owner_);
}

Accepted ContentInput::commit(const Envelope& envelope, Time now) {
  require_open();
  if (file_) {
    // The disk is waited for before others have to wait for the transaction.
    write_out_buffer();
    file_->sync();
  }
  Transaction transaction(database_);
  const Accepted accepted = settle(envelope, now);
  transaction.commit();
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
    drop();
    return {};
  }
  const MessageId message = insert_message(database_, envelope, fresh, body(now), now);
  close();
  return {message, fresh.size()};
}

Body ContentInput::body(Time now) {
  Body body;
  body.size = offset();
  body.digest = digest();
  if (written_ == 0 && buffer_.size() <= row_) {
    if (content_) require_mine(delete_row());
    body.bytes = buffer_;
    return body;
  }
  if (!content_) {
    database_.run("INSERT INTO content (complete, size, touched, owner) VALUES (1, ?, ?, ?)", offset(), now,
                  owner_);
    body.content = database_.last_id();
    write_chunks(database_, *body.content, 0, buffer_);
    return body;
  }
  if (!file_name_.empty()) {
    write_out_buffer();
    file_->truncate(written_);
    file_->sync();
  }
  require_mine(database_.run(
      "UPDATE content SET complete = 1, transfer_key = NULL, size = ? WHERE id = ? AND owner = ? AND "
      "complete = 0",
      offset(), *content_, owner_));
  body.content = content_;
  write_chunks(database_, *content_, written_, buffer_);
  return body;
}

void ContentInput::discard() {
  require_open();
  Transaction transaction(database_);
  drop();
  transaction.commit();
}

void ContentInput::drop() {
  if (content_ && delete_row() == 1 && !file_name_.empty()) remove_file_at_end(database_, file_name_);
  close();
}

std::size_t ContentInput::delete_row() {
  return database_.run("DELETE FROM content WHERE id = ? AND owner = ? AND complete = 0", *content_, owner_);
}

void ContentInput::close() {
  closed_ = true;
  database_.at_end(this, [this](bool durable) { closed_ = durable; });
}

void ContentInput::lose_if_undone() {
  if (!database_.in_transaction()) return;
  database_.at_end(this, [this](bool durable) { lost_ = lost_ || !durable; });
}

void ContentInput::require_open() const {
  if (closed_) throw Error(ErrorKind::misuse, "this content was committed or discarded already");
  require_mine(lost_ ? 0 : 1);
}

void ContentInput::require_mine(std::size_t rows) const {
  if (rows == 1) return;
  throw Error(ErrorKind::gone,
              "mail queue " + database_.path() +
                  ": this partial content expired or is being received elsewhere; start again");
}

}  // namespace mailqueue
