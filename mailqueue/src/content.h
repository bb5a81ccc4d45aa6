#pragma once
// Contents as rows of the database: pieces of at most chunk_size bytes.

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

/// Removes content and its pieces.
void drop_content(Database& database, std::int64_t content);

}  // namespace mailqueue
