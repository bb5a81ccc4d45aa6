// Opening, accepting and reading.

#include "accept.h"
#include "content.h"
#include "content_file.h"
#include "content_input.h"
#include "schema.h"
#include "sha256.h"

#include <mailqueue/queue.h>

#include <algorithm>

namespace mailqueue {

namespace {

[[noreturn]] void fail_gone(MessageId message) {
  throw Error(ErrorKind::gone, "message " + std::to_string(message) + " is not in the queue any more");
}

/// What lies in the database. Throws corrupt if that is less than `wanted`.
std::string read_rows(Database& database, const Statement& row, std::uint64_t offset, std::size_t wanted) {
  std::string bytes;
  const auto add = [&](Bytes piece) {
    const Bytes part = piece.first(std::min(piece.size(), wanted - bytes.size()));
    bytes.append(reinterpret_cast<const char*>(part.data()), part.size());
    return bytes.size() < wanted;
  };
  if (row.is_null(1)) {
    const Bytes all = row.bytes(3);
    add(all.subspan(std::min<std::size_t>(offset, all.size())));
  } else {
    bytes.reserve(wanted);
    read_chunks(database, row.integer(1), offset, add);
  }
  return bytes;
}

/// Nothing if the file with the content is not there. The row: size, content, file, bytes.
std::optional<std::string> read_content(Database& database, const Statement& row, std::uint64_t offset,
                                        std::size_t wanted) {
  if (row.is_null(1) || row.is_null(2)) return read_rows(database, row, offset, wanted);
  const std::optional<ContentFile> file = ContentFile::open(database, row.text(2));
  if (!file) return std::nullopt;
  return file->read(offset, wanted);
}

std::optional<std::string> read_piece(Database& database, MessageId message, std::uint64_t offset,
                                      std::size_t size) {
  const Transaction moment(database, Transaction::Kind::read);
  try {
    Statement row = database.query(
        "SELECT m.size, m.content, c.file, m.bytes FROM message m LEFT JOIN content c ON c.id = m.content "
        "WHERE m.id = ?",
        message);
    if (!row.step()) fail_gone(message);
    const auto total = static_cast<std::uint64_t>(row.integer(0));
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(size, total - std::min(offset, total)));
    if (wanted == 0) return std::string();
    std::optional<std::string> bytes = read_content(database, row, offset, wanted);
    if (bytes && bytes->size() < wanted) throw DamagedMessage(message, "its content is shorter than it was");
    return bytes;
  } catch (const DamagedMessage&) {
    throw;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt && error.kind() != ErrorKind::io) throw;
    throw DamagedMessage(message, error.what());
  }
}

}  // namespace

Queue::Queue(const std::filesystem::path& file, Options options)
    : database_(std::make_unique<Database>(file, options.busy_timeout)), options_(options) {
  prepare_schema(*database_);
  if (options_.max_pages > 0) {
    database_->script(("PRAGMA max_page_count = " + std::to_string(options_.max_pages)).c_str());
  }
}

Queue::Queue(Queue&&) noexcept = default;
Queue& Queue::operator=(Queue&&) noexcept = default;
Queue::~Queue() = default;

Writer Queue::begin(Time now) {
  return Writer(std::make_unique<ContentInput>(*database_, options_.memory, options_.row, now));
}

Accepted Queue::accept(const Envelope& envelope, std::string_view content, Time now) {
  return accept_known(envelope, content, sha256_of(content), now);
}

Accepted Queue::accept_known(const Envelope& envelope, std::string_view content, const Digest& digest,
                             Time now) {
  if (content.size() > options_.row) {
    Writer writer = begin(now);
    writer.append(content);
    return writer.commit(envelope, now);
  }
  Transaction transaction(*database_);
  require_valid(envelope);
  const std::vector<Recipient> fresh = note_seen(*database_, envelope, now);
  Accepted accepted;
  if (!fresh.empty()) {
    const Body body{content.size(), digest, std::nullopt, std::as_bytes(std::span(content))};
    accepted = {insert_message(*database_, envelope, fresh, body, now), fresh.size()};
  }
  transaction.commit();
  return accepted;
}

std::vector<std::string> Queue::seen(std::string_view key, const std::vector<std::string>& addresses) const {
  std::vector<std::string> known;
  const Transaction moment(*database_, Transaction::Kind::read);
  std::copy_if(
      addresses.begin(), addresses.end(), std::back_inserter(known), [&](const std::string& address) {
        return database_->number("SELECT 1 FROM seen WHERE key = ? AND address = ?", key, address) == 1;
      });
  return known;
}

Writer Queue::partial(std::string_view transfer_key, std::uint64_t size, Time now) {
  return Writer(
      std::make_unique<ContentInput>(*database_, transfer_key, size, options_.row, options_.large, now));
}

std::size_t Queue::expire_partials(Time before) {
  Transaction transaction(*database_);
  {
    Statement row = database_->query(
        "SELECT file FROM content WHERE complete = 0 AND touched < ? AND file IS NOT NULL", before);
    while (row.step()) remove_file_at_end(*database_, row.text(0));
  }
  const std::size_t expired =
      database_->run("DELETE FROM content WHERE complete = 0 AND touched < ?", before);
  transaction.commit();
  return expired;
}

std::string Queue::read(MessageId message, std::uint64_t offset, std::size_t size) const {
  std::optional<std::string> bytes = read_piece(*database_, message, offset, size);
  if (bytes) return std::move(*bytes);
  // Files go outside of transactions: another program may just have finished with the message.
  if (database_->number("SELECT EXISTS (SELECT 1 FROM message WHERE id = ?)", message) == 0)
    fail_gone(message);
  throw DamagedMessage(message, "the file with its content is missing");
}

std::uint64_t Queue::size(MessageId message) const {
  Statement row = database_->query("SELECT size FROM message WHERE id = ?", message);
  if (row.step()) return static_cast<std::uint64_t>(row.integer(0));
  fail_gone(message);
}

}  // namespace mailqueue
