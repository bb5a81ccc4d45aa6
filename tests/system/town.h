#pragma once
// Two post offices and a telephone exchange, as whole processes in a temporary folder.

#include "process.h"
#include "temp_folder.h"

#include <algorithm>
#include <set>

namespace external::test {

inline std::string external_program() {
  return EXTERNAL_PROGRAM;
}
inline std::string phonenet_program() {
  return PHONENET_PROGRAM;
}

/// A post office folder with one modem.
class PostOffice {
 public:
  /// `settings` is appended to external.ini.
  PostOffice(const TempFolder& town, const std::string& name, std::string folder, std::string settings)
      : name_(name), path_(town.path() / folder) {
    std::filesystem::create_directory(path_);
    run_program({external_program(), "init", name, path_.string()}, town.path());
    write_settings("[External]\nHomePO = " + name + "\nLogVerbose = yes\n" + settings);
  }

  void write_settings(const std::string& text) const {
    write_file(path_ / "external.ini", text);
    std::filesystem::permissions(path_ / "external.ini",
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }

  /// Puts `now` in the place of `before`, which must stand in external.ini. External reads it when it starts.
  void change_settings(const std::string& before, const std::string& now) const {
    auto text = read_file(ini());
    const auto at = text.find(before);
    if (at == std::string::npos) throw std::runtime_error(ini() + " does not say " + before);
    write_settings(text.replace(at, before.size(), now));
  }

  const std::filesystem::path& path() const { return path_; }
  std::string ini() const { return (path_ / "external.ini").string(); }

  Process start(std::vector<std::string> more = {"--service"}) const {
    std::vector<std::string> arguments{external_program(), "--config", ini(), "run"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Process(arguments, path_ / "run.out");
  }

  Ran command(std::vector<std::string> arguments, const std::string& input_file = "/dev/null",
              std::chrono::seconds limit = std::chrono::seconds(60)) const {
    std::vector<std::string> all{external_program(), "--config", ini()};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return run_program(all, path_, input_file, limit);
  }

  Ran send(const std::string& to, const std::string& content) const {
    const auto file = path_ / ("message" + std::to_string(++sent_));
    write_file(file, content);
    return command({"send", "--from", name_ + "/ANNA", "--to", to, file.string()});
  }

  std::string log() const { return read_file(path_ / "log" / "Session.log"); }
  bool logged(const std::string& text) const { return log().find(text) != std::string::npos; }

  /// How often a text stands in the log.
  int times_logged(const std::string& text) const {
    const auto all = log();
    int count = 0;
    for (auto at = all.find(text); at != std::string::npos; at = all.find(text, at + 1)) ++count;
    return count;
  }

  /// The messages in a mailbox, whole.
  std::vector<std::string> mailbox(const std::string& name) const {
    std::vector<std::string> messages;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(path_ / "mail" / name / "new", none)) {
      messages.push_back(read_file(entry.path()));
    }
    return messages;
  }

 private:
  std::string name_;
  std::filesystem::path path_;
  mutable int sent_ = 0;
};

/// NORTH/CLINIC (5550001, may dial) and SOUTH/HUB (5550002) on one exchange. Locks lie in the town's own
/// folder.
class Town {
 public:
  /// `rate` of the lines; `exchange` are more options for phonenet.
  explicit Town(const std::string& rate = "57600", std::vector<std::string> exchange = {},
                const std::string& password = "one two")
      : exchange_(start_exchange(rate, std::move(exchange))),
        north(folder, "NORTH/CLINIC", "north",
              modem("north", rate) + peer("SOUTH/HUB", "Phone = 5550002\n", password)),
        south(folder, "SOUTH/HUB", "south", modem("south", rate) + peer("NORTH/CLINIC", "", "one two")) {
    for (const auto* office : {&north, &south}) office->command({"mailbox", "add", "ANNA"});
    // A line that is offered by RFC 2217 has no port here; phonenet prints it instead.
    const auto offered = [this](const std::string& line) {
      const auto said = exchange_.output();
      return std::filesystem::exists(port(line)) ||
             said.find("on rfc2217://", std::min(said.find(line + ":"), said.size())) != std::string::npos;
    };
    if (!eventually([&] { return offered("north") && offered("south"); })) {
      throw std::runtime_error("phonenet did not start: " + exchange_.output());
    }
  }

  std::filesystem::path port(const std::string& name) const { return folder.path() / "exchange" / name; }
  Ran phonenet(std::vector<std::string> words) const {
    std::vector<std::string> arguments{phonenet_program(), "ctl", (folder.path() / "exchange").string()};
    arguments.insert(arguments.end(), words.begin(), words.end());
    return run_program(arguments, folder.path());
  }

  /// What phonenet says about one of its modems: the value of a field of `stats`, as JSON writes it.
  std::string stat(const std::string& name, const std::string& field) const {
    const auto all = phonenet({"stats", name}).output;
    const auto key = "\"" + field + "\":";
    const auto at = all.find(key);
    if (at == std::string::npos) return {};
    const auto value = at + key.size();
    return all.substr(value, all.find_first_of(",}", value) - value);
  }
  std::uint64_t bytes_sent(const std::string& name) const {
    const auto bytes = stat(name, "bytes_sent");
    return bytes.empty() ? 0 : std::stoull(bytes);
  }

  /// The lock file of a port that is plugged in.
  std::filesystem::path lock(const std::string& name) const {
    auto device = std::filesystem::canonical(port(name)).string().substr(std::string("/dev/").size());
    std::replace(device.begin(), device.end(), '/', '_');
    return folder.path() / "locks" / ("LCK.." + device);
  }

  TempFolder folder;

 private:
  Process start_exchange(const std::string& rate, std::vector<std::string> more) {
    const auto directory = folder.path() / "exchange";
    std::filesystem::create_directory(directory);
    std::filesystem::create_directory(folder.path() / "locks");
    std::vector<std::string> arguments{phonenet_program(), "--dir",         directory.string(),
                                       "--line",           "5550001=north", "--line",
                                       "5550002=south",    "--rate",        rate};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Process(arguments, folder.path() / "phonenet.out");
  }

  std::string modem(const std::string& name, const std::string& rate) const {
    return "[External-Modem1]\nCommType = Async\nAsyncCommPort = " + port(name).string() +
           "\nAsyncSpeed = " + rate +
           "\nCommScript = GENERIC\nRetryInterval = 5s\nLockFolder = " + (folder.path() / "locks").string() +
           "\n";
  }

  static std::string peer(const std::string& name, const std::string& how, const std::string& password) {
    const std::string instance =
        how.empty() ? "" : "Instance = Modem1\n";  // without a number it can only call us
    return "[PostOffice " + name + "]\nRoute = Direct\n" + how + instance + "Password = \"" + password +
           "\"\n";
  }

  Process exchange_;

 public:
  PostOffice north;
  PostOffice south;
};

}  // namespace external::test
