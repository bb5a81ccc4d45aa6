#include <external/base/replace_file.h>
#include <external/engine/held_items.h>

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>

namespace external::engine {

namespace {

constexpr std::string_view no_flags = "-";

struct Line {
  std::string name;
  HeldItem item;
};

/// NUMBER SIZE h|w FLAGS NAME; the name may have blanks.
bool read_line(const std::string& text, Line& line) {
  std::istringstream in(text);
  std::string kind;
  if (!(in >> line.item.number >> line.item.size >> kind >> line.item.flags)) return false;
  if (kind != "h" && kind != "w") return false;
  line.item.header = kind == "h";
  if (line.item.flags == no_flags) line.item.flags.clear();
  return in.get() == ' ' && std::getline(in, line.name) && !line.name.empty();
}

}  // namespace

HeldItems::HeldItems(const std::filesystem::path& maildir) : file_(maildir / "external-held") {
  read();
}

void HeldItems::read() {
  std::ifstream in(file_);
  if (!in && errno != ENOENT) throw std::system_error(errno, std::generic_category(), file_.string());
  std::string word;
  std::string text;
  if (!(in >> word >> series >> left >> left_bytes) || word != "held" || !std::getline(in, text)) {
    series = left = left_bytes = 0;
    return;
  }
  while (std::getline(in, text)) {
    Line line;
    if (read_line(text, line)) items.insert_or_assign(std::move(line.name), std::move(line.item));
  }
}

void HeldItems::save() const {
  auto text = fmt::format("held {} {} {}\n", series, left, left_bytes);
  for (const auto& [name, item] : items) {
    text += fmt::format("{} {} {} {} {}\n", item.number, item.size, item.header ? 'h' : 'w',
                        item.flags.empty() ? std::string(no_flags) : item.flags, name);
  }
  replace_file(file_, text);
}

}  // namespace external::engine
