// The program as a process of its own.

#include "support.h"

#include <external/base/descriptor.h>

#include <boost/json.hpp>

#include <csignal>

#include <fcntl.h>
#include <process_end.h>
#include <sys/wait.h>
#include <unistd.h>

namespace external::commands::process_test {
namespace {

using namespace testing;
using test::PostOffice;

constexpr auto patience = std::chrono::seconds(60);

class Process {
 public:
  explicit Process(std::vector<std::string> arguments) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    output_.reset(ends[0]);
    const Descriptor other(ends[1]);
    arguments.insert(arguments.begin(), EXTERNAL_PROGRAM);
    std::vector<char*> words;
    for (auto& argument : arguments) words.push_back(argument.data());
    words.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ != 0) return;
    ::dup2(other.get(), 1);
    ::dup2(other.get(), 2);
    const int nothing = ::open("/dev/null", O_RDONLY);
    ::dup2(nothing, 0);
    ::execv(words[0], words.data());
    ::_exit(127);
  }

  ~Process() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }

  int pid() const { return pid_; }
  void signal(int number) const { ::kill(pid_, number); }

  std::string read_line() {
    std::string line;
    for (char c = 0; ::read(output_.get(), &c, 1) == 1 && c != '\n';) line += c;
    return line;
  }

  /// Everything it printed, and its exit code; -1 if it does not end or a signal ended it.
  std::pair<int, std::string> finish() {
    std::string text;
    char buffer[4096];
    for (ssize_t count = 0; (count = ::read(output_.get(), buffer, sizeof buffer)) > 0;)
      text.append(buffer, static_cast<std::size_t>(count));
    if (!ProcessEnd(pid_).wait(patience)) return {-1, text};
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text};
  }

 private:
  Descriptor output_;
  int pid_ = -1;
};

// A port that nobody uses at the moment.
std::string free_port() {
  asio::io_context io;
  const asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
  return std::to_string(acceptor.local_endpoint().port());
}

std::size_t mail_in(const PostOffice& office, const std::string& mailbox) {
  const std::filesystem::directory_iterator files(office.folder() / ("mail/" + mailbox + "/new"));
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

struct Service : Test {
  PostOffice office{test::south};

  Process start() { return Process({"--config", office.config(), "run", "--service"}); }
  std::string log() { return test::read_file(office.folder() / "log/Session.log"); }
  bool has_socket() { return std::filesystem::exists(office.folder() / "control.sock"); }
};

TEST_F(Service, RunsUntilTheSignalAndLeavesNothingBehind) {
  for (const int number : {SIGTERM, SIGINT}) {
    auto process = start();
    EXPECT_THAT(process.read_line(), StartsWith("external: serving NORTH/CLINIC"));
    // Answered once it is at work.
    const auto status = boost::json::parse(office.use({"status", "--json"}).out);
    EXPECT_TRUE(status.at("running").as_bool());
    EXPECT_EQ(status.at("pid").to_number<int>(), process.pid());
    process.signal(number);
    EXPECT_THAT(process.finish(), Pair(0, ""));
    EXPECT_FALSE(has_socket());
  }
  EXPECT_THAT(log(), AllOf(HasSubstr("started for NORTH/CLINIC, process "), HasSubstr("Shutting down ..."),
                           EndsWith("External ended.\n")));
}

// Those of the INI were not, and others only with a switch.
TEST(Defect, Q105166_TheLimitsOfTheDiskAreLogged) {
  const PostOffice office;
  Process process({"--config", office.config(), "run", "--service"});
  process.read_line();
  process.signal(SIGTERM);
  process.finish();
  EXPECT_THAT(test::read_file(office.folder() / "log/Session.log"),
              HasSubstr(", MinKDiskFull = 32768, MinKDiskNotFull = 65536."));
}

TEST_F(Service, ShowsAFullDiskInStatus) {
  Process process({"--config", office.config(), "run", "--service", "--MinKDiskFull=1000000000000"});
  process.read_line();
  EXPECT_THAT(office.use({"status"}).out, HasSubstr("Disk FULL: "));
  EXPECT_EQ(boost::json::parse(office.use({"status", "--json"}).out).at("disk").as_string(), "FULL");
  process.signal(SIGTERM);
  EXPECT_EQ(process.finish().first, 0);
  EXPECT_THAT(log(), HasSubstr(" Disk storage full: "));
}

TEST_F(Service, HoldsWhatIsHeldWhileItRuns) {
  auto process = start();
  process.read_line();
  ASSERT_EQ(office.use({"queue", "hold", "NORTH/CLINIC", "Lan"}).exit, Exit::ok);
  ASSERT_EQ(office.use({"send", "--to", "bert"}, "Subject: x\n\n").exit, Exit::ok);
  office.use({"status"});
  process.signal(SIGTERM);
  EXPECT_EQ(process.finish().first, 0);
  EXPECT_EQ(mail_in(office, "bert"), 0U);
  EXPECT_THAT(office.queued(), SizeIs(1));
}

TEST_F(Service, EndsWhenStopIsAskedForAndMayStartAgainAtOnce) {
  for (int round = 0; round < 2; ++round) {
    auto process = start();
    process.read_line();
    const auto used = office.use({"stop"});
    EXPECT_EQ(used.exit, Exit::ok) << used.err;
    EXPECT_THAT(process.finish(), Pair(0, ""));
  }
}

TEST_F(Service, RefusesASecondOneForTheSamePostOffice) {
  auto first = start();
  first.read_line();
  EXPECT_THAT(start().finish(),
              Pair(69, AllOf(StartsWith("external: "), HasSubstr("another External is running"))));
  first.signal(SIGTERM);
  EXPECT_EQ(first.finish().first, 0);
}

TEST_F(Service, ShowsItsLinesInStatusAndModemTest) {
  auto process = start();
  process.read_line();
  EXPECT_THAT(office.use({"status"}).out, AllOf(HasSubstr("serves NORTH/CLINIC"), HasSubstr("Lan")));
  EXPECT_EQ(office.use({"modem", "test"}).exit, Exit::ok);
  process.signal(SIGTERM);
  process.finish();
}

TEST_F(Service, DeliversWhatIsSentMeanwhile) {
  auto process = start();
  process.read_line();
  ASSERT_EQ(office.use({"send", "--to", "bert"}, "Subject: x\n\n").exit, Exit::ok);
  process.signal(SIGTERM);
  EXPECT_EQ(process.finish().first, 0);
  EXPECT_THAT(office.queued(), IsEmpty());
  EXPECT_EQ(mail_in(office, "bert"), 1U);
}

TEST_F(Service, MakesTheLogFolderAndOpensTheLogAnewOnRequest) {
  auto process = start();
  process.read_line();
  office.use({"status"});
  const auto file = office.folder() / "log/Session.log";
  std::filesystem::rename(file, office.folder() / "log/Session.log.1");
  process.signal(SIGUSR1);
  process.signal(SIGTERM);
  EXPECT_EQ(process.finish().first, 0);
  EXPECT_THAT(log(), EndsWith("External ended.\n"));
}

TEST_F(Service, SaysInOneLineWhenTheLogCannotBeWritten) {
  std::filesystem::create_directories(office.folder() / "log/Session.log");
  const auto [exit, text] = start().finish();
  EXPECT_EQ(exit, 73);
  EXPECT_EQ(std::ranges::count(text, '\n'), 1);
  EXPECT_THAT(text, HasSubstr("Error on log file open"));
}

TEST_F(Service, IsNotNeededForACallThatFails) {
  const auto [exit, text] = Process({"--config", office.config(), "call", "south/hub"}).finish();
  EXPECT_EQ(exit, 75);
  EXPECT_THAT(text, StartsWith("external: call to SOUTH/HUB: "));
  EXPECT_FALSE(has_socket());
}

struct TwoPostOffices : Test {
  const std::string port = free_port();
  const std::string lan = "[External-Lan]\nCommType = Tcp\n";
  PostOffice clinic{lan + "[PostOffice SOUTH/HUB]\nPassword = \"\u00fc;\"\nAddress = 127.0.0.1:" + port +
                    "\n"};
  PostOffice hub{lan + "Listen = 127.0.0.1:" + port + "\n[PostOffice NORTH/CLINIC]\nPassword = \"\u00fc;\"\n",
                 "SOUTH/HUB"};
  Process serving_hub{{"--config", hub.config(), "run", "--service"}};

  void SetUp() override {
    serving_hub.read_line();
    // Answered once it listens.
    ASSERT_EQ(hub.use({"status"}).exit, Exit::ok);
    ASSERT_EQ(clinic.use({"send", "--to", "SOUTH/HUB/ANNA"}, "Subject: x\n\n").exit, Exit::ok);
    ASSERT_EQ(hub.use({"send", "--to", "NORTH/CLINIC/BERT"}, "Subject: y\n\n").exit, Exit::ok);
  }

  void expect_delivered() {
    EXPECT_EQ(hub.use({"stop"}).exit, Exit::ok);
    EXPECT_THAT(serving_hub.finish(), Pair(0, ""));
    EXPECT_EQ(mail_in(hub, "anna"), 1U);
    EXPECT_EQ(mail_in(clinic, "bert"), 1U);
    EXPECT_THAT(clinic.queued(), IsEmpty());
    EXPECT_THAT(hub.queued(), IsEmpty());
  }
};

TEST_F(TwoPostOffices, ExchangeMailInACallThatTheCommandMakesItself) {
  EXPECT_EQ(Process({"--config", clinic.config(), "call", "south/hub"}).finish().first, 0);
  expect_delivered();
}

TEST_F(TwoPostOffices, ExchangeMailInACallThatARunningExternalMakes) {
  Process serving({"--config", clinic.config(), "run", "--service"});
  serving.read_line();
  const auto used = clinic.use({"call", "south/hub"});
  EXPECT_EQ(used.exit, Exit::ok) << used.err;
  EXPECT_EQ(clinic.use({"stop"}).exit, Exit::ok);
  EXPECT_EQ(serving.finish().first, 0);
  expect_delivered();
}

// A running External whose call is taken by somebody who says nothing.
struct CallThatStands : Test {
  asio::io_context io;
  asio::ip::tcp::acceptor silent{io, {asio::ip::address_v4::loopback(), 0}};
  const std::string address =
      "Address = 127.0.0.1:" + std::to_string(silent.local_endpoint().port()) + "\nPassword = x\n";
  PostOffice office{"[External-Lan]\nCommType = Tcp\n[PostOffice SOUTH/HUB]\n" + address +
                    "[PostOffice EAST/SHIP]\n" + address};
  Process serving{{"--config", office.config(), "run", "--service"}};

  void SetUp() override { serving.read_line(); }
  void TearDown() override {
    serving.signal(SIGTERM);
    EXPECT_EQ(serving.finish().first, 0);
  }

  /// Takes a call and waits for its first byte: from then on it stands.
  asio::ip::tcp::socket take_call() {
    auto socket = silent.accept();
    char first = 0;
    asio::read(socket, asio::buffer(&first, 1));
    return socket;
  }
};

TEST_F(CallThatStands, IsHungUpOnRequest) {
  const auto none = office.use({"hangup", "Lan"});
  EXPECT_EQ(none.exit, Exit::unavailable);
  EXPECT_THAT(none.err, HasSubstr("there is no call on Lan; external status shows where there is one"));

  Process calling({"--config", office.config(), "call", "south/hub"});
  auto peer = take_call();
  const auto used = office.use({"hangup", "lan"});
  EXPECT_EQ(used.exit, Exit::ok) << used.err;
  EXPECT_EQ(used.out, "The call on Lan is being hung up.\n");
  EXPECT_THAT(calling.finish(), Pair(75, HasSubstr("call to SOUTH/HUB: Hung up by the operator.")));
  boost::system::error_code error;
  char rest[512];
  while (!error) peer.read_some(asio::buffer(rest), error);
  EXPECT_EQ(error, asio::error::eof) << "the line was closed";
}

TEST_F(CallThatStands, IsNamedToWhoWaitsForTheLine) {
  Process first({"--config", office.config(), "call", "south/hub"});
  const auto peer = take_call();
  Process second({"--config", office.config(), "call", "east/ship"});
  EXPECT_THAT(second.read_line(),
              StartsWith("waiting: place 1 of 1 in the queue: Lan is calling SOUTH/HUB since "));
  EXPECT_EQ(office.use({"hangup", "lan"}).exit, Exit::ok);
  EXPECT_EQ(first.finish().first, 75);
  const auto next = take_call();
  EXPECT_EQ(office.use({"hangup", "lan"}).exit, Exit::ok);
  EXPECT_THAT(second.finish(), Pair(75, HasSubstr("call to EAST/SHIP: Hung up by the operator.")));
}

TEST(ModemTest, SaysWhenThePortIsNotThere) {
  PostOffice office("[External-Modem1]\nAsyncCommPort = /dev/nowhere\n");
  const auto used = office.use({"modem", "test"});
  EXPECT_EQ(used.exit, Exit::unavailable);
  EXPECT_THAT(used.out, HasSubstr("Port /dev/nowhere is absent; plug the modem in"));
}

TEST(ScriptPlay, PrintsWhatGoesOutAndComesIn) {
  test::TempFolder folder;
  const auto script = (folder / "TEST.MDM").string();
  test::write_file(script, "CALL:\n sendln \"ATD\" + phone_number\n return 7\n");
  const Descriptor modem(::posix_openpt(O_RDWR | O_NOCTTY));
  ASSERT_EQ(::grantpt(modem.get()), 0);
  ASSERT_EQ(::unlockpt(modem.get()), 0);
  const std::string port = ::ptsname(modem.get());
  const auto used = PostOffice().use({"script", "play", script, "call", "--port", port, "--phone", "123",
                                      "--lock-folder", folder.path().string()});
  EXPECT_EQ(used.exit, Exit::unavailable) << used.err;
  EXPECT_THAT(used.out, AllOf(HasSubstr("OUT: ATD123^M\n"), HasSubstr("Result: BUSY (7)")));
}

}  // namespace
}  // namespace external::commands::process_test
