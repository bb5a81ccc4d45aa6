#pragma once
// Contents as rows of the database: pieces of at most chunk_size bytes. Small ones are in their message's
// row, large ones in files (content_file.h).

#include "database.h"

#include <functional>

namespace mailqueue {

inline constexpr std::size_t chunk_size = 65'536;

/// Calls `take` with the bytes from `offset` on, piece by piece, until it returns false or all were read.
void read_chunks(Database& database, std::int64_t content, std::uint64_t offset,
                 const std::function<bool(Bytes)>& take);

/// Adds bytes that follow those already there, of which there are `offset`.
void write_chunks(Database& database, std::int64_t content, std::uint64_t offset, Bytes bytes);

/// Removes everything from `size` on.
void cut_chunks(Database& database, std::int64_t content, std::uint64_t size);

/// Removes content, its pieces and, once that is durable, its file. In the caller's transaction.
void drop_content(Database& database, std::int64_t content);

}  // namespace mailqueue
