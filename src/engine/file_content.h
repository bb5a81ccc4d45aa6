#pragma once
// Reading messages that lie in files. Functions block on the disk.

#include <external/base/descriptor.h>
#include <external/session/envelope.h>

#include <filesystem>

namespace external::engine {

/// For reading; nothing if it is not there. Throws std::system_error.
Descriptor open_content(const std::filesystem::path& file);

/// Fewer than `most` bytes only at the end. Throws std::system_error.
Bytes read_content(const Descriptor& file, std::uint64_t offset, std::size_t most);

/// SHA-256 of the first `length` bytes. Throws std::runtime_error, also if there are not so many.
session::Digest digest_of(const Descriptor& file, std::uint64_t length);

session::Digest digest_of(ByteView bytes);

}  // namespace external::engine
