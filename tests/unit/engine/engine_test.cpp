#include "run.h"
#include "temp_folder.h"

#include <external/config/load.h>
#include <external/engine/engine.h>
#include <external/postoffice/mailbox.h>
#include <mailqueue/queue.h>

#include <fstream>

namespace external::engine {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class MemoryLog final : public log::Log {
 public:
  void write(std::string_view instance, std::string_view text) override {
    lines.push_back(std::string(instance) + ": " + std::string(text));
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
  std::vector<std::string> lines;
};

/// A free port of the loopback address, for a moment.
std::string free_port(asio::io_context& io) {
  asio::ip::tcp::acceptor acceptor(io, {asio::ip::make_address("127.0.0.1"), 0});
  return std::to_string(acceptor.local_endpoint().port());
}

/// One post office in a folder of its own.
struct Office {
  Office(const std::string& the_name, const std::string& settings) : name(the_name) {
    fs::create_directories(folder.path() / "mail");
    text = "[External]\nHomePO = " + name + "\n" + settings;
    postoffice::Mailboxes(folder.path() / "mail").add("ANNA");
  }

  void start(test::RealWorld& world) {
    engine.emplace(world.io.get_executor(), world.clock, config::parse(text, folder.path() / "external.ini"),
                   log);
  }

  void queue(const std::string& to, const std::string& content, std::chrono::seconds life = 24h) {
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
    if (!fs::exists(fresh)) return messages;
    for (const auto& entry : fs::directory_iterator(fresh)) {
      std::ifstream in(entry.path(), std::ios::binary);
      messages.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
    return messages;
  }

  std::string name;
  test::TempFolder folder;
  std::string text;
  MemoryLog log;
  std::optional<Engine> engine;
  int count = 0;
};

/// Two post offices joined by TCP.
struct Pair : test::RealWorld {
  Pair()
      : port(free_port(io)),
        north("NORTH/CLINIC",
              "[External-Net]\nCommType = Tcp\nRetryInterval = 1s\n[PostOffice SOUTH/HUB]\nRoute = "
              "Direct\nInstance = Net\n"
              "Address = 127.0.0.1:" +
                  port + "\nPassword = \"p;#w\"\nRetries = 2\n"),
        south("SOUTH/HUB", "[External-Net]\nCommType = Tcp\nListen = 127.0.0.1:" + port +
                               "\n[PostOffice NORTH/CLINIC]\nRoute = Direct\nPassword = \"p;#w\"\n") {}

  /// Runs both engines until `done`, then stops them.
  void run_until(const std::function<bool()>& done) {
    auto watch = [](Pair& pair, const std::function<bool()>& finished) -> Task<> {
      for (int i = 0; i < 1500 && !finished(); ++i) co_await pair.clock.wait_for(20ms);
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

TEST(Engine, MovesMailBothWaysInOneCallAndDeliversIt) {
  Pair pair;
  pair.north.queue("SOUTH/HUB/ANNA", "Subject: up\n\nfrom the north\n");
  pair.south.queue("NORTH/CLINIC/ANNA", "Subject: down\n\nfrom the south\n");
  pair.north.start(pair);
  pair.south.start(pair);
  pair.run_until([&] {
    return pair.north.mailbox("ANNA").size() == 1 && pair.south.mailbox("ANNA").size() == 1 &&
           pair.south.log.has("Connection end.");
  });
  ASSERT_EQ(pair.south.mailbox("ANNA").size(), 1u) << pair.north.log.all() << pair.south.log.all();
  ASSERT_EQ(pair.north.mailbox("ANNA").size(), 1u) << pair.north.log.all();
  EXPECT_TRUE(pair.south.mailbox("ANNA")[0].ends_with("Subject: up\n\nfrom the north\n"));
  EXPECT_TRUE(pair.north.log.has("Net: Calling: SOUTH/HUB"));
  EXPECT_TRUE(pair.north.log.has("Net: Sent key1@NORTH/CLINIC"));
  EXPECT_TRUE(pair.south.log.has("Connected: caller is NORTH/CLINIC"));
  EXPECT_TRUE(pair.south.log.has("Connection end. Disconnection."));
}

TEST(Engine, AWrongPasswordIsSaidAtBothEndsAndTheMailComesBack) {
  Pair pair;
  pair.south.text.replace(pair.south.text.find("p;#w"), 4, "else");
  pair.north.queue("SOUTH/HUB/ANNA", "Subject: x\n\ny\n");
  pair.north.start(pair);
  pair.south.start(pair);
  pair.run_until([&] { return !pair.north.mailbox("ANNA").empty(); });
  EXPECT_TRUE(pair.north.log.has("SOUTH/HUB refused us: sign-on ID or password incorrect"))
      << pair.north.log.all();
  EXPECT_TRUE(pair.south.log.has("Caller: Sign-on ID or password incorrect.")) << pair.south.log.all();
  ASSERT_EQ(pair.north.mailbox("ANNA").size(), 1u) << pair.north.log.all();
  EXPECT_NE(pair.north.mailbox("ANNA")[0].find("[005] Mail retry count exceeded"), std::string::npos);
  EXPECT_TRUE(pair.south.mailbox("ANNA").empty());
}

TEST(Engine, MailToAnUnknownPostOfficeComesBackAtOnce) {
  Pair pair;
  pair.north.queue("EAST/NOWHERE/BOB", "Subject: x\n\ny\n");
  pair.north.start(pair);
  pair.run_until([&] { return !pair.north.mailbox("ANNA").empty(); });
  ASSERT_EQ(pair.north.mailbox("ANNA").size(), 1u) << pair.north.log.all();
  EXPECT_NE(pair.north.mailbox("ANNA")[0].find("EAST/NOWHERE"), std::string::npos);
}

TEST(Engine, MailToAnUnknownMailboxComesBackFromTheOtherEnd) {
  Pair pair;
  pair.north.queue("SOUTH/HUB/NOBODY", "Subject: x\n\ny\n");
  pair.north.queue("SOUTH/HUB/ANNA", "Subject: good\n\nz\n");
  pair.north.start(pair);
  pair.south.start(pair);
  // SOUTH cannot dial: its notice goes with the next call from NORTH.
  bool called_again = false;
  pair.run_until([&] {
    if (!called_again && pair.south.log.has("[002]") && pair.north.log.has("Connection end.")) {
      called_again = true;
      asio::co_spawn(pair.io, pair.north.engine->call("SOUTH/HUB"), [](const auto&, const auto&) {});
    }
    return !pair.north.mailbox("ANNA").empty() && !pair.south.mailbox("ANNA").empty();
  });
  EXPECT_EQ(pair.south.mailbox("ANNA").size(), 1u);
  ASSERT_EQ(pair.north.mailbox("ANNA").size(), 1u) << pair.north.log.all() << pair.south.log.all();
  EXPECT_NE(pair.north.mailbox("ANNA")[0].find("[002]"), std::string::npos);
}

TEST(Engine, MailThatIsTooOldComesBack) {
  Pair pair;
  pair.north.queue("SOUTH/HUB/ANNA", "Subject: x\n\ny\n", 0s);
  pair.north.start(pair);
  pair.run_until([&] { return !pair.north.mailbox("ANNA").empty(); });
  ASSERT_EQ(pair.north.mailbox("ANNA").size(), 1u) << pair.north.log.all();
  EXPECT_NE(pair.north.mailbox("ANNA")[0].find("[006]"), std::string::npos);
}

TEST(Engine, ARequestedCallReportsHowItWent) {
  Pair pair;
  pair.north.start(pair);
  pair.south.start(pair);
  std::optional<CallReport> good;
  std::optional<CallReport> unknown;
  asio::co_spawn(pair.io, pair.north.engine->call("south/hub"),
                 [&](const auto&, CallReport report) { good = report; });
  asio::co_spawn(pair.io, pair.north.engine->call("WEST/NONE"),
                 [&](const auto&, CallReport report) { unknown = report; });
  pair.run_until([&] { return good && unknown; });
  ASSERT_TRUE(good && unknown);
  EXPECT_TRUE(good->ok) << good->text;
  EXPECT_FALSE(unknown->ok);
  EXPECT_NE(unknown->text.find("unknown post office WEST/NONE"), std::string::npos);
}

TEST(Engine, GarbageCallersAreHungUpOnAndTheNextCallWorks) {
  Pair pair;
  pair.south.start(pair);
  pair.north.start(pair);
  pair.north.queue("SOUTH/HUB/ANNA", "Subject: x\n\ny\n");
  asio::ip::tcp::socket garbage(pair.io);
  asio::co_spawn(
      pair.io,
      [](asio::ip::tcp::socket& socket, const std::string& port) -> Task<> {
        asio::steady_timer pause(co_await asio::this_coro::executor, 50ms);
        co_await pause.async_wait(asio::use_awaitable);
        const asio::ip::tcp::endpoint end(asio::ip::make_address("127.0.0.1"),
                                          static_cast<std::uint16_t>(std::stoul(port)));
        co_await socket.async_connect(end, asio::use_awaitable);
        const std::string noise = "GET / HTTP/1.0\r\n\r\n" + std::string(100000, '\0') + "login: root\r\n";
        co_await asio::async_write(socket, asio::buffer(noise), asio::use_awaitable);
        socket.close();
      }(garbage, pair.port),
      asio::detached);
  pair.run_until([&] { return !pair.south.mailbox("ANNA").empty() && pair.south.log.has("Lost carrier."); });
  EXPECT_EQ(pair.south.mailbox("ANNA").size(), 1u) << pair.south.log.all();
}

TEST(Engine, ARequestedCallFailsAtOnceWhenThePortIsAbsent) {
  test::RealWorld world;
  Office office("NORTH/CLINIC",
                "[External-Modem1]\nAsyncCommPort = /dev/no-such-port\nCommScript = NONE\nLockFolder = /tmp\n"
                "[PostOffice SOUTH/HUB]\nPhone = 1\nPassword = x\n");
  std::ofstream(office.folder.path() / "NONE.MDM") << "INITIALIZE:\n  return 0\n";
  office.start(world);
  std::optional<CallReport> report;
  asio::co_spawn(world.io, office.engine->call("SOUTH/HUB"), [&](const auto&, CallReport got) {
    report = got;
    office.engine->stop();
  });
  world.run(office.engine->run());
  ASSERT_TRUE(report);
  EXPECT_FALSE(report->ok);
  EXPECT_NE(report->text.find("Port /dev/no-such-port is absent"), std::string::npos) << report->text;
}

TEST(Engine, ABrokenScriptOrAnUnknownInstanceIsRefusedAtOnce) {
  test::RealWorld world;
  Office office("NORTH/CLINIC", "[External-Modem1]\nAsyncCommPort = /dev/null\nCommScript = BAD\n");
  EXPECT_THROW(office.start(world), std::runtime_error);
  std::ofstream(office.folder.path() / "bad.mdm") << "INITIALIZE:\n  sned \"ATZ\"\n";
  try {
    office.start(world);
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("bad.mdm:2:3: error"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace external::engine
