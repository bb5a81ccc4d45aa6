#include "content.h"

#include "content_file.h"

#include <algorithm>

namespace mailqueue {

void read_chunks(Database& database, std::int64_t content, std::uint64_t offset,
                 const std::function<bool(Bytes)>& take) {
  Statement rows = database.query(
      "SELECT start, bytes FROM chunk WHERE content = ?1 AND start >= "
      "coalesce((SELECT max(start) FROM chunk WHERE content = ?1 AND start <= ?2), 0) ORDER BY start",
      content, offset);
  std::uint64_t position = offset;
  while (rows.step()) {
    const auto start = static_cast<std::uint64_t>(rows.integer(0));
    const Bytes bytes = rows.bytes(1);
    if (start > position || start + bytes.size() < position) break;
    const Bytes wanted = bytes.subspan(position - start);
    position += wanted.size();
    if (!wanted.empty() && !take(wanted)) break;
  }
}

void write_chunks(Database& database, std::int64_t content, std::uint64_t offset, Bytes bytes) {
  while (!bytes.empty()) {
    const Bytes piece = bytes.first(std::min(bytes.size(), chunk_size));
    database.run("INSERT INTO chunk (content, start, bytes) VALUES (?, ?, ?)", content, offset, piece);
    offset += piece.size();
    bytes = bytes.subspan(piece.size());
  }
}

void cut_chunks(Database& database, std::int64_t content, std::uint64_t size) {
  database.run("DELETE FROM chunk WHERE content = ? AND start >= ?", content, size);
  database.run(
      "UPDATE chunk SET bytes = substr(bytes, 1, ?2 - start) WHERE content = ?1 AND start = "
      "(SELECT max(start) FROM chunk WHERE content = ?1) AND start + length(bytes) > ?2",
      content, size);
}

void drop_content(Database& database, std::int64_t content) {
  std::optional<std::string> file;
  {
    Statement row = database.query("SELECT file FROM content WHERE id = ? AND file IS NOT NULL", content);
    if (row.step()) file = row.text(0);
  }
  database.run("DELETE FROM content WHERE id = ?", content);
  if (file) remove_file_at_end(database, *file);
}

}  // namespace mailqueue
