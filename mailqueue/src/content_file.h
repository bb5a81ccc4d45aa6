#pragma once
// Large content in a file of its own, in a folder beside the database.
//
// A row of the table `content` names the file and says how many of its bytes count. The row is always there
// first and goes first; a file without a row is garbage, which sweep_files() removes.

#include "database.h"

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

namespace mailqueue {

/// Where the files of `database` are.
std::filesystem::path content_folder(const Database& database);

/// A name that no other file has.
std::string new_file_name();

/// An open file of content. Everything throws Error.
class ContentFile {
 public:
  /// Opens the file, creates it (durably) if it is not there.
  static ContentFile open_or_create(const Database& database, const std::string& name);

  /// Only to be read; nothing if it is not there.
  static std::optional<ContentFile> open(const Database& database, const std::string& name);

  ContentFile(ContentFile&& other) noexcept;
  ContentFile& operator=(ContentFile&& other) noexcept;
  ~ContentFile();

  std::uint64_t size() const;
  void write(std::uint64_t offset, Bytes bytes);
  void truncate(std::uint64_t size);

  /// On return what was written is durable.
  void sync();

  /// As many bytes as there are, at most `size`.
  std::string read(std::uint64_t offset, std::size_t size) const;

 private:
  ContentFile(std::filesystem::path path, int fd) : path_(std::move(path)), fd_(fd) {}
  [[noreturn]] void fail(const char* action) const;

  std::filesystem::path path_;
  int fd_;
};

/// Removes the file once the transaction that is open is durable.
void remove_file_at_end(Database& database, const std::string& name);

/// Removes files that belong to nothing.
void sweep_files(Database& database);

}  // namespace mailqueue
