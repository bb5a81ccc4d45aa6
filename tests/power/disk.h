#pragma once
// A disk that loses power: what was written and not waited for may be gone, in whole or in part.
//
// Programs work in an ordinary folder; the disk keeps book of what of it would be found after a loss of
// power. Writes of SQLite come by the VFS of disk_vfs.h, those of everybody else by the calls of the system,
// which the linker leads to disk_calls.cpp.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace external::test {

/// What a loss of power leaves of that for which nobody has waited.
enum class Loss {
  everything,  ///< nothing
  some,        ///< some pages of some writes, some names
  torn,        ///< all writes but the last one, which ends or begins in its middle; some names
};

class Disk {
 public:
  struct Node;
  using Ref = std::shared_ptr<Node>;

  /// Whether a wait for the disk does nothing: the path from the root, and whether it is a folder.
  using Lie = std::function<bool(const std::filesystem::path&, bool)>;

  /// Everything that is in `root` is durable. Until it is destroyed this disk is the one that the calls and
  /// the VFS tell what they do below `root`. One at a time.
  explicit Disk(std::filesystem::path root, Lie lie = {});
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;
  ~Disk();

  static Disk* current();

  const std::filesystem::path& root() const { return root_; }
  bool holds(const std::filesystem::path& path) const;

  /// Before the change number `count` from now on `happen` is called, and then the disk is gone: it takes
  /// nothing more, and every call fails.
  void stop_after(std::uint64_t count, std::function<void()> happen);
  bool gone() const { return gone_; }

  /// A new program finds the disk as the last one left it when it was stopped.
  void come_back();

  /// Takes a file away, durably and without being asked: what people do with their mail is not on trial.
  void take_away(const std::filesystem::path& path);

  /// Writes into `folder`, which must be empty, what would be found after a loss of power now.
  void survivors(const std::filesystem::path& folder, Loss loss, std::mt19937& random) const;

  std::uint64_t changes() const { return count_; }

  // To be called around what a program does.

  /// A change is about to happen; false if the disk is gone.
  bool about_to_change();

  Ref find(const std::filesystem::path& path) const;
  Ref made(const std::filesystem::path& path, bool folder);
  void wrote(const Ref& file, std::uint64_t offset, std::string_view bytes);
  void cut(const Ref& file, std::uint64_t size);
  void renamed(const std::filesystem::path& from, const std::filesystem::path& to);
  void removed(const std::filesystem::path& path);

  /// Somebody waits for the content of a file, or the names in a folder; `path` is where he opened it.
  void wait_for(const Ref& node, const std::filesystem::path& path);
  void wait_for_all(const std::filesystem::path& reason);

  struct Open {
    std::filesystem::path path;
    Ref node;
  };
  std::map<int, Open> open_files;  ///< by descriptor

 private:
  /// A name in a folder begins or ceases to lead somewhere.
  struct Naming {
    std::uint64_t number = 0;
    Ref folder;
    std::string name;
    Ref node;                 ///< none: the name goes
    std::uint64_t after = 0;  ///< cannot survive without that one; 0: none
  };

  Ref load(const std::filesystem::path& path) const;
  std::filesystem::path relative(const std::filesystem::path& path) const;
  bool lied(const std::filesystem::path& path, bool folder) const;
  std::uint64_t name(const std::filesystem::path& path, Ref node, std::uint64_t after = 0);
  static void settle(const Naming& naming);
  static void settle_file(Node& file);
  static void settle_all(const Ref& node);
  void settle_folder(const Ref& folder);
  std::uint64_t last_write(const Ref& node) const;

  std::filesystem::path root_;
  Lie lie_;
  Ref top_;
  std::vector<Naming> namings_;  ///< not durable
  std::uint64_t number_ = 0;     ///< of the last change
  std::uint64_t count_ = 0;
  std::uint64_t stop_at_ = 0;
  std::function<void()> happen_;
  bool gone_ = false;
};

}  // namespace external::test
