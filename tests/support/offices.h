#pragma once
// Post offices in temporary folders with engines of their own, and a pair of them joined by TCP.

#include "run.h"
#include "temp_folder.h"

#include <external/config/load.h>
#include <external/engine/engine.h>
#include <external/postoffice/mailbox.h>
#include <mailqueue/queue.h>

#include <fstream>

namespace external::test {

class MemoryLog final : public log::Log {
 public:
  MemoryLog() = default;
  ~MemoryLog() override { keep_lines(texts); }

  void write(std::string_view instance, std::string_view text) override {
    texts.emplace_back(text);
    lines.push_back(std::string(instance) + ": " + std::string(text));
    if (on_line) on_line(lines.back());
  }
  bool has(std::string_view part) const {
    return std::any_of(lines.begin(), lines.end(),
                       [&](const auto& line) { return line.find(part) != std::string::npos; });
  }
  std::string all() const {
    std::string text;
    for (const auto& line : lines) text += line + "\n";
    return text;
  }
  /// Place of the first line with `part`; the number of lines if there is none.
  std::size_t place(std::string_view part) const {
    const auto found = std::find_if(lines.begin(), lines.end(),
                                    [&](const auto& line) { return line.find(part) != std::string::npos; });
    return static_cast<std::size_t>(found - lines.begin());
  }

  std::vector<std::string> lines;
  std::vector<std::string> texts;  ///< the same without the instance
  std::function<void(const std::string& line)> on_line;
};

/// What would stand in the logs beside Session.log.
class MemoryMailLogs final : public log::MailLogs {
 public:
  void sent(const log::MailEntry& entry) override { sent_mail.push_back(entry); }
  void received(const log::MailEntry& entry) override { received_mail.push_back(entry); }
  void called(const log::CallEntry& entry) override { calls_made.push_back(entry); }
  void answered(const log::CallEntry& entry) override { calls_answered.push_back(entry); }
  void problem(const log::ProblemEntry& entry) override { problems.push_back(entry); }

  std::vector<log::MailEntry> sent_mail;
  std::vector<log::MailEntry> received_mail;
  std::vector<log::CallEntry> calls_made;
  std::vector<log::CallEntry> calls_answered;
  std::vector<log::ProblemEntry> problems;
};

/// A free port of the loopback address, for a moment.
inline std::string free_port(asio::io_context& io) {
  asio::ip::tcp::acceptor acceptor(io, {asio::ip::make_address("127.0.0.1"), 0});
  return std::to_string(acceptor.local_endpoint().port());
}

/// One post office in a folder of its own.
struct Office {
  Office(const std::string& the_name, const std::string& settings) : name(the_name) {
    std::filesystem::create_directories(folder.path() / "mail");
    text = "[External]\nHomePO = " + name + "\n" + settings;
    postoffice::Mailboxes(folder.path() / "mail").add("ANNA");
  }

  void start(RealWorld& world) {
    engine::EngineOptions options;
    options.mail_logs = &mail_logs;
    engine.emplace(world.io.get_executor(), world.clock, config::parse(text, folder.path() / "external.ini"),
                   log, options);
  }

  void queue(const std::string& to, const std::string& content,
             std::chrono::seconds life = std::chrono::hours(24)) {
    mailqueue::Queue queue(folder.path() / "queue.db");
    mailqueue::Envelope envelope;
    envelope.key = "key" + std::to_string(++count) + "@" + name;
    envelope.sender = name + "/ANNA";
    const auto office = to.substr(0, to.rfind('/'));
    envelope.recipients = {{to, office}};
    envelope.accepted = std::chrono::system_clock::now();
    envelope.useful_life = life;
    queue.accept(envelope, content, std::chrono::system_clock::now());
  }

  std::vector<std::string> mailbox(const std::string& who) const {
    std::vector<std::string> messages;
    const auto fresh = folder.path() / "mail" / who / "new";
    if (!std::filesystem::exists(fresh)) return messages;
    for (const auto& entry : std::filesystem::directory_iterator(fresh)) {
      std::ifstream in(entry.path(), std::ios::binary);
      messages.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
    return messages;
  }

  std::string name;
  TempFolder folder;
  std::string text;
  MemoryLog log;
  MemoryMailLogs mail_logs;
  std::optional<engine::Engine> engine;
  int count = 0;
};

/// Two post offices joined by TCP.
struct OfficePair : RealWorld {
  OfficePair()
      : port(free_port(io)),
        north("NORTH/CLINIC",
              "[External-Net]\nCommType = Tcp\nRetryInterval = 1s\nRetryRefused = 1s\n[PostOffice "
              "SOUTH/HUB]\nRoute = "
              "Direct\nInstance = Net\n"
              "Address = 127.0.0.1:" +
                  port + "\nPassword = \"p;#w\"\nRetries = 2\n"),
        south("SOUTH/HUB", "[External-Net]\nCommType = Tcp\nListen = 127.0.0.1:" + port +
                               "\n[PostOffice NORTH/CLINIC]\nRoute = Direct\nPassword = \"p;#w\"\n") {}

  /// Runs both engines until `done`, then stops them.
  void run_until(const std::function<bool()>& done) {
    auto watch = [](OfficePair& pair, const std::function<bool()>& finished) -> Task<> {
      for (int i = 0; i < 1500 && !finished(); ++i)
        co_await pair.clock.wait_for(std::chrono::milliseconds(20));
      for (Office* office : {&pair.north, &pair.south}) {
        if (office->engine) office->engine->stop();
      }
    };
    auto serve = [](Office& office) -> Task<> {
      if (office.engine) co_await office.engine->run();
    };
    using asio::experimental::awaitable_operators::operator&&;
    run([](Task<> a, Task<> b, Task<> c) -> Task<> {
      co_await (std::move(a) && std::move(b) && std::move(c));
    }(serve(north), serve(south), watch(*this, done)));
  }

  std::string port;
  Office north;
  Office south;
};

}  // namespace external::test
