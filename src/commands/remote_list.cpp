#include "remote_home.h"
#include "table.h"

#include <external/base/text.h>
#include <external/engine/held_items.h>
#include <external/engine/mailbox_items.h>
#include <external/mime/header.h>
#include <external/postoffice/header.h>

#include <boost/json.hpp>
#include <fmt/ostream.h>

#include <ctime>
#include <fstream>
#include <iostream>
#include <set>

namespace external::commands {

namespace {

namespace json = boost::json;

/// An item as its owner sees it.
struct Listed {
  std::uint64_t number = 0;  ///< 0: it is not at the post office
  std::string state;
  std::uint64_t size = 0;
  std::optional<WallTime> date;
  std::string from;
  std::string subject;
  std::string file;  ///< empty: it is not here
};

std::string start_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string start(postoffice::header_limit, '\0');
  in.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<std::size_t>(in.gcount()));
  return start;
}

/// Of RFC 5322; nothing if it is none.
std::optional<WallTime> date_of(const std::string& text) {
  for (const auto* form : {"%a, %d %b %Y %H:%M:%S %z", "%d %b %Y %H:%M:%S %z"}) {
    std::tm parts{};
    if (::strptime(text.c_str(), form, &parts) == nullptr) continue;
    const auto zone = parts.tm_gmtoff;
    return std::chrono::system_clock::from_time_t(::timegm(&parts) - zone);
  }
  return std::nullopt;
}

std::string state_of(bool header, const std::string& flags) {
  if (header) return "header";
  return flags.find('S') == std::string::npos ? "new" : "read";
}

/// On one line of a terminal that nobody else writes to: without control characters.
std::string plain(std::string text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const bool ascii = byte < ' ' || byte == 127;
    const bool other =
        byte == 0xC2 && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xA0;
    if (ascii) text[at] = ' ';
    if (other) text.replace(at, 2, " ");
  }
  return text;
}

Listed listed(const engine::MailboxItem& file, bool header, const engine::HeldItem* held) {
  Listed item;
  const auto start = start_of(file.file);
  item.number = held != nullptr ? held->number : 0;
  item.state = state_of(header, file.flags);
  item.size = header && held != nullptr ? held->size : file.size;
  const mime::Header fields(postoffice::header_of(start));
  item.date = date_of(fields.text("Date"));
  item.from = plain(fields.text("From"));
  item.subject = plain(fields.text("Subject"));
  item.file = file.file.string();
  return item;
}

std::vector<Listed> all_items(const std::filesystem::path& maildir) {
  const engine::HeldItems held(maildir);
  std::vector<Listed> all;
  std::set<std::string> here;
  for (auto& file : engine::items_in(maildir)) {
    const bool header = file.name.ends_with(engine::header_suffix);
    if (header) file.name.resize(file.name.size() - engine::header_suffix.size());
    if (!here.insert(file.name).second) continue;
    const auto known = held.items.find(file.name);
    all.push_back(listed(file, header, known == held.items.end() ? nullptr : &known->second));
  }
  for (const auto& [name, item] : held.items) {
    if (item.number == 0 || here.contains(name)) continue;
    Listed gone;
    gone.number = item.number;
    gone.state = "deleted";
    gone.size = item.size;
    all.push_back(std::move(gone));
  }
  // What is only here has no number, and stands last.
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.number - 1 < b.number - 1; });
  return all;
}

void print_json(std::ostream& out, const std::vector<Listed>& items) {
  for (const auto& item : items) {
    json::object object;
    object["number"] = item.number == 0 ? json::value(nullptr) : json::value(item.number);
    object["state"] = item.state;
    object["size"] = item.size;
    object["date"] = item.date ? json::value(iso_time(*item.date)) : json::value(nullptr);
    object["from"] = item.from;
    object["subject"] = item.subject;
    object["file"] = item.file.empty() ? json::value(nullptr) : json::value(item.file);
    out << json::serialize(object) << "\n";
  }
}

void print_table(std::ostream& out, const std::vector<Listed>& items) {
  Table table({"NUMBER", "DATE", "FROM", "SIZE", "STATE", "SUBJECT"});
  for (const auto& item : items) {
    table.add({item.number == 0 ? "" : std::to_string(item.number), local_time(item.date), item.from,
               with_commas(item.size), item.state, item.subject});
  }
  out << table.text();
}

Exit run_remote_list(Invocation& invocation) {
  if (!invocation.operands().empty())
    throw Failure(Exit::usage, "'" + visible(invocation.operands().front()) +
                                   "' means nothing here; --help explains the command");
  const auto settings = load_person(invocation);
  const auto maildir = maildir_of_person(settings);
  const auto items = all_items(maildir);
  auto& out = invocation.world.out;
  if (invocation.arguments.has("json")) {
    print_json(out, items);
    return Exit::ok;
  }
  if (items.empty()) {
    out << "nothing is here; external remote sync calls for it\n";
    return Exit::ok;
  }
  print_table(out, items);
  const engine::HeldItems held(maildir);
  if (held.left > 0)
    fmt::print(out, "{} more, {} bytes, were left at {} by the last call\n", held.left,
               with_commas(held.left_bytes), settings.home_po);
  return Exit::ok;
}

}  // namespace

Command remote_list_command() {
  return {
      "remote list",
      {"[--json]"},
      "Show the mail that is here, and what of it only as a header",
      {{"json", "", "one JSON object a line"}},
      "NUMBER is what external remote fetch takes; without one a message is not at the post office (any\n"
      "more). SIZE is that of the whole message. STATE is new, read, header (only that is here) or deleted\n"
      "(here; the post office has it still). No call is made.\n",
      run_remote_list};
}

}  // namespace external::commands
