#include "disk.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <stdexcept>
#include <utility>

namespace external::test {

namespace fs = std::filesystem;

/// A file or a folder, as it is durable and as it is now.
struct Disk::Node {
  struct Write {
    std::uint64_t number = 0;
    std::uint64_t offset = 0;
    std::string bytes;
    bool cut = false;  ///< the file ends at `offset`
  };

  bool folder = false;
  std::string durable;             ///< of a file
  std::vector<Write> writes;       ///< of a file; not durable
  std::map<std::string, Ref> now;  ///< of a folder
  std::map<std::string, Ref> durable_names;
};

namespace {

constexpr std::uint64_t page = 4096;

Disk* the_current = nullptr;

void apply(std::string& content, std::uint64_t offset, std::string_view bytes) {
  if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size(), '\0');
  std::copy(bytes.begin(), bytes.end(), content.begin() + static_cast<std::ptrdiff_t>(offset));
}

bool likely(std::mt19937& random, double chance) {
  return std::uniform_real_distribution<>()(random) < chance;
}

/// Pages of a write, each of which survives by itself.
void apply_some(std::string& content, std::uint64_t offset, std::string_view bytes, double chance,
                std::mt19937& random) {
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, page - offset % page);
    if (likely(random, chance)) apply(content, offset, piece);
    offset += piece.size();
    bytes.remove_prefix(piece.size());
  }
}

/// A write that power ended in its middle: its beginning or its end is there.
void apply_torn(std::string& content, std::uint64_t offset, std::string_view bytes, std::mt19937& random) {
  const auto middle = random() % (bytes.size() + 1);
  if (likely(random, 0.5)) {
    apply(content, offset, bytes.substr(0, middle));
  } else {
    apply(content, offset + middle, bytes.substr(middle));
  }
}

std::string read_all(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

Disk::Disk(fs::path root, Lie lie) : root_(std::move(root)), lie_(std::move(lie)) {
  if (the_current) throw std::logic_error("there is a disk already");
  top_ = load(root_);
  the_current = this;
}

Disk::~Disk() {
  the_current = nullptr;
}

Disk* Disk::current() {
  return the_current;
}

Disk::Ref Disk::load(const fs::path& path) const {
  auto node = std::make_shared<Node>();
  node->folder = fs::is_directory(path);
  if (!node->folder) {
    node->durable = read_all(path);
    return node;
  }
  for (const auto& entry : fs::directory_iterator(path))
    node->now[entry.path().filename().string()] = load(entry.path());
  node->durable_names = node->now;
  return node;
}

fs::path Disk::relative(const fs::path& path) const {
  return path.lexically_normal().lexically_relative(root_);
}

bool Disk::holds(const fs::path& path) const {
  if (!path.is_absolute()) return false;
  const auto inside = relative(path);
  return !inside.empty() && *inside.begin() != "..";
}

void Disk::stop_after(std::uint64_t count, std::function<void()> happen) {
  stop_at_ = count_ + count;
  happen_ = std::move(happen);
}

void Disk::come_back() {
  gone_ = false;
  stop_at_ = 0;
  open_files.clear();
}

bool Disk::about_to_change() {
  if (gone_) return false;
  if (++count_ != stop_at_) return true;
  happen_();
  gone_ = true;
  return false;
}

Disk::Ref Disk::find(const fs::path& path) const {
  Ref node = top_;
  for (const auto& part : relative(path)) {
    if (part == ".") continue;
    const auto entry = node->now.find(part.string());
    if (entry == node->now.end()) return nullptr;
    node = entry->second;
  }
  return node;
}

std::uint64_t Disk::name(const fs::path& path, Ref node, std::uint64_t after) {
  const Ref folder = find(path.parent_path());
  if (!folder) throw std::logic_error("no folder for " + path.string());
  const auto name = path.filename().string();
  if (node) {
    folder->now[name] = node;
  } else {
    folder->now.erase(name);
  }
  namings_.push_back({++number_, folder, name, std::move(node), after});
  return number_;
}

Disk::Ref Disk::made(const fs::path& path, bool folder) {
  auto node = std::make_shared<Node>();
  node->folder = folder;
  name(path, node);
  return node;
}

void Disk::wrote(const Ref& file, std::uint64_t offset, std::string_view bytes) {
  file->writes.push_back({++number_, offset, std::string(bytes), false});
}

void Disk::cut(const Ref& file, std::uint64_t size) {
  file->writes.push_back({++number_, size, {}, true});
}

void Disk::renamed(const fs::path& from, const fs::path& to) {
  const Ref node = find(from);
  if (!node) throw std::logic_error("nothing to rename at " + from.string());
  // The old name may stay for a while, but never are both gone.
  const auto there = name(to, node);
  name(from, nullptr, there);
}

void Disk::removed(const fs::path& path) {
  name(path, nullptr);
}

void Disk::settle(const Naming& naming) {
  if (naming.node) {
    naming.folder->durable_names[naming.name] = naming.node;
  } else {
    naming.folder->durable_names.erase(naming.name);
  }
}

void Disk::settle_folder(const Ref& folder) {
  std::set<std::uint64_t> settled;
  // What a change in this folder cannot survive without becomes durable with it.
  for (const auto& naming : namings_) {
    if (naming.folder == folder && naming.after != 0) settled.insert(naming.after);
  }
  for (const auto& naming : namings_) {
    if (naming.folder != folder && !settled.contains(naming.number)) continue;
    settle(naming);
    settled.insert(naming.number);
  }
  std::erase_if(namings_, [&](const Naming& naming) { return settled.contains(naming.number); });
}

bool Disk::lied(const fs::path& path, bool folder) const {
  return lie_ && lie_(relative(path), folder);
}

void Disk::settle_file(Node& file) {
  for (const auto& write : file.writes) {
    if (write.cut) {
      file.durable.resize(write.offset, '\0');
    } else {
      apply(file.durable, write.offset, write.bytes);
    }
  }
  file.writes.clear();
}

void Disk::settle_all(const Ref& node) {
  settle_file(*node);
  for (const auto& [name, entry] : node->now) settle_all(entry);
}

void Disk::wait_for(const Ref& node, const fs::path& path) {
  if (lied(path, node->folder)) return;
  if (node->folder) {
    settle_folder(node);
  } else {
    settle_file(*node);
  }
}

void Disk::wait_for_all(const fs::path& reason) {
  if (lied(reason, false)) return;
  settle_all(top_);
  for (const auto& naming : std::exchange(namings_, {})) settle(naming);
}

void Disk::take_away(const fs::path& path) {
  const Ref folder = find(path.parent_path());
  const auto name = path.filename().string();
  folder->now.erase(name);
  folder->durable_names.erase(name);
  std::erase_if(namings_,
                [&](const Naming& naming) { return naming.folder == folder && naming.name == name; });
  fs::remove(path);
}

std::uint64_t Disk::last_write(const Ref& node) const {
  std::uint64_t last = node->writes.empty() ? 0 : node->writes.back().number;
  for (const auto& [name, entry] : node->now) last = std::max(last, last_write(entry));
  return last;
}

void Disk::survivors(const fs::path& folder, Loss loss, std::mt19937& random) const {
  const double chance = loss == Loss::everything ? 0 : std::uniform_real_distribution<>()(random);
  const auto last = last_write(top_);
  // The durable names, with those changes that survive by chance.
  std::map<const Node*, std::map<std::string, Ref>> names;
  const auto names_of = [&](const Ref& node) -> std::map<std::string, Ref>& {
    return names.try_emplace(node.get(), node->durable_names).first->second;
  };
  std::set<std::uint64_t> lost;
  for (const auto& naming : namings_) {
    if (lost.contains(naming.after) || !likely(random, chance)) {
      lost.insert(naming.number);
    } else if (naming.node) {
      names_of(naming.folder)[naming.name] = naming.node;
    } else {
      names_of(naming.folder).erase(naming.name);
    }
  }
  const std::function<void(const Ref&, const fs::path&)> write_down = [&](const Ref& node,
                                                                          const fs::path& path) {
    if (node->folder) {
      fs::create_directories(path);
      for (const auto& [name, entry] : names_of(node)) write_down(entry, path / name);
      return;
    }
    std::string content = node->durable;
    for (const auto& write : node->writes) {
      if (write.cut) {
        if (loss == Loss::torn || likely(random, chance)) content.resize(write.offset, '\0');
      } else if (loss == Loss::some) {
        apply_some(content, write.offset, write.bytes, chance, random);
      } else if (loss == Loss::torn) {
        if (write.number == last) {
          apply_torn(content, write.offset, write.bytes, random);
        } else {
          apply(content, write.offset, write.bytes);
        }
      }
    }
    std::ofstream(path, std::ios::binary) << content;
  };
  write_down(top_, folder);
}

}  // namespace external::test
