#pragma once
// A post office in a temporary folder, and the program called inside this process.

#include <external/config/load.h>
#include <mailqueue/queue.h>

#include <gmock/gmock.h>

#include <map>
#include <sstream>

#include <program.h>
#include <temp_folder.h>

namespace external::commands {

inline void PrintTo(Exit exit, std::ostream* out) {
  *out << static_cast<int>(exit);
}

}  // namespace external::commands

namespace external::test {

using commands::Exit;

/// What one use of the program left behind.
struct Used {
  Exit exit = Exit::ok;
  std::string out;
  std::string err;
};

class PostOffice {
 public:
  explicit PostOffice(std::string_view more_settings = "", const std::string& home = "NORTH/CLINIC") {
    write_file(config(),
               "[External]\nHomePO = " + home + "\nDomain = clinic.example\n" + std::string(more_settings));
    std::filesystem::permissions(config(), std::filesystem::perms(0600));
    EXPECT_EQ(use({"mailbox", "add", "anna", "bert"}).err, "");
  }

  Used use(std::vector<std::string> arguments, const std::string& input = "") {
    return use_as("external", std::move(arguments), input);
  }

  Used use_as(const std::string& name, std::vector<std::string> arguments, const std::string& input = "") {
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    SystemClock clock;
    commands::Surroundings world{
        in, out, err, clock, [this](const std::string& variable) { return look_up(variable); }, "anna"};
    const auto exit = commands::run_program(name, arguments, world);
    return {exit, out.str(), err.str()};
  }

  std::string config() const { return (folder_ / "external.ini").string(); }
  const TempFolder& folder() const { return folder_; }

  /// All messages of the queue, oldest first.
  std::vector<mailqueue::MessageView> queued() const { return mailqueue::Queue(folder_ / "queue.db").list(); }

  std::string content(mailqueue::MessageId id) const {
    const mailqueue::Queue queue(folder_ / "queue.db");
    return queue.read(id, 0, queue.size(id));
  }

 private:
  std::optional<std::string> look_up(const std::string& variable) const {
    if (variable == "EXTERNAL_CONFIG") return config();
    return std::nullopt;
  }

  TempFolder folder_;
};

/// Settings of another post office that can be reached.
inline constexpr std::string_view south = R"([External-Lan]
CommType = Tcp
[PostOffice SOUTH/HUB]
Address = 127.0.0.1:1
Password = x
[PostOffice SOUTH/BRANCH]
Route = Indirect SOUTH/HUB
)";

inline std::vector<std::string> recipients(const mailqueue::MessageView& message) {
  std::vector<std::string> addresses;
  for (const auto& recipient : message.envelope.recipients) addresses.push_back(recipient.address);
  return addresses;
}

}  // namespace external::test
