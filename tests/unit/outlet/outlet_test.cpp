#include "temp_folder.h"

#include <external/base/async.h>
#include <external/outlet/outlet.h>
#include <external/smtp/server.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include <fcntl.h>

namespace external::outlet::outlet_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

using config::LmtpSocket;
using config::parse_way;
using config::Program;
using config::Way;

class OutletTest : public testing::Test {
 protected:
  OutletTest() { std::signal(SIGPIPE, SIG_IGN); }

  Parcel parcel(std::vector<std::string> recipients, std::string content) {
    Parcel parcel;
    parcel.key = "k1@NORTH/CLINIC";
    parcel.sender = "anna@clinic.north";
    for (auto& address : recipients) parcel.recipients.push_back({std::move(address), {}, {}});
    parcel.head = "Received: x\n";
    parcel.size = content.size();
    parcel.content = [content = std::move(content)](std::uint64_t offset, std::size_t size) {
      return part(content, offset, size);
    };
    return parcel;
  }

  static Task<std::string> part(const std::string& content, std::uint64_t offset, std::size_t size) {
    co_return content.substr(std::min<std::uint64_t>(offset, content.size()), size);
  }

  std::vector<Outcome> hand_over(const Way& way, const Parcel& parcel) {
    return result_of(way, parcel).outcomes;
  }

  Result result_of(const Way& way, const Parcel& parcel) {
    Result result;
    const auto outlet = make_outlet(way, "clinic.north", clock);
    const auto job = [&]() -> Task<> {
      result = co_await outlet->hand_over(parcel);
      co_await outlet->rest();
    };
    std::exception_ptr failed;
    asio::co_spawn(io, job(), [&](std::exception_ptr error) {
      failed = error;
      io.stop();
    });
    io.run();
    io.restart();
    if (failed) std::rethrow_exception(failed);
    return result;
  }

  /// A program made of shell commands.
  Program program(const std::string& commands) {
    const auto file = folder / "program";
    test::write_file(file, "#!/bin/sh\n" + commands + "\n");
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    Program way;
    way.arguments = {file.string(), "{sender}", "{mailbox}", "{recipient}", "{key}"};
    return way;
  }

  asio::io_context io;
  SystemClock clock;
  test::TempFolder folder;
};

TEST_F(OutletTest, AProgramGetsTheMessage) {
  const auto way = program("cd " + folder.path().string() + " && echo \"$@\" >arguments && cat >content");
  const std::string text(300'000, 'x');
  const auto outcomes = hand_over(way, parcel({"ben@hub.south"}, text));
  ASSERT_THAT(outcomes, SizeIs(1));
  EXPECT_EQ(outcomes[0].kind, Outcome::Kind::delivered) << outcomes[0].text;
  EXPECT_EQ(test::read_file(folder / "content"), "Received: x\n" + text);
  EXPECT_EQ(test::read_file(folder / "arguments"), "anna@clinic.north ben ben@hub.south k1@NORTH/CLINIC\n");
}

TEST_F(OutletTest, ExitCodesDecide) {
  const auto unknown = hand_over(program("cat >/dev/null; echo nobody here; exit 67"), parcel({"a@b"}, "x"));
  EXPECT_EQ(unknown.at(0).kind, Outcome::Kind::failed);
  EXPECT_THAT(unknown.at(0).text, HasSubstr("ended with exit code 67: nobody here"));
  const auto busy = hand_over(program("exit 75"), parcel({"a@b"}, std::string(1'000'000, 'x')));
  EXPECT_EQ(busy.at(0).kind, Outcome::Kind::later);
  const auto killed = hand_over(program("kill -9 $$"), parcel({"a@b"}, "x"));
  EXPECT_EQ(killed.at(0).kind, Outcome::Kind::later);
  EXPECT_THAT(killed.at(0).text, HasSubstr("killed by signal 9"));
}

TEST_F(OutletTest, OneThatHangsIsKilled) {
  auto way = program("echo $$ >" + (folder / "pid").string() + "; sleep 1000");
  way.patience = std::chrono::seconds(1);
  const auto outcomes = hand_over(way, parcel({"a@b"}, "x"));
  EXPECT_EQ(outcomes.at(0).kind, Outcome::Kind::later);
  EXPECT_THAT(outcomes.at(0).text, HasSubstr("did not end in time"));
  const auto pid = std::stoi(test::read_file(folder / "pid"));
  EXPECT_NE(::kill(pid, 0), 0);
}

TEST_F(OutletTest, AProgramInheritsNoDescriptor) {
  const int open = ::fcntl(STDIN_FILENO, F_DUPFD, 50);  // as libraries do that do not care
  ASSERT_GE(open, 50);
  const auto outcomes =
      hand_over(program("cat >/dev/null; echo /proc/self/fd/*; exit 1"), parcel({"a@b"}, "x"));
  ::close(open);
  EXPECT_THAT(outcomes.at(0).text, HasSubstr("/proc/self/fd/2"));
  EXPECT_THAT(outcomes.at(0).text, Not(HasSubstr("/proc/self/fd/" + std::to_string(open))));
}

TEST_F(OutletTest, AddressesBecomeNoOptions) {
  auto hostile = parcel({"-rf@hub.south"}, "x");
  hostile.sender = "{key}@x";
  const auto refused = hand_over(program("exit 0"), hostile);
  EXPECT_EQ(refused.at(0).kind, Outcome::Kind::failed);
  EXPECT_EQ(refused.at(0).status, "5.1.3");
  auto way = program("cat >/dev/null; echo \"$@\"; exit 75");
  way.arguments = {way.arguments[0], "-r{recipient}", "{sender}"};
  EXPECT_THAT(hand_over(way, hostile).at(0).text, HasSubstr(": -r-rf@hub.south {key}@x"));
}

TEST_F(OutletTest, WhoLeavesItsOutputToOthersIsNotWaitedFor) {
  const auto file = (folder / "pid").string();
  const auto outcomes = hand_over(program("cat >/dev/null; setsid sh -c 'echo $$ >" + file +
                                          "; exec sleep 100' & while [ ! -s " + file + " ]; do :; done"),
                                  parcel({"a@b"}, "x"));
  EXPECT_EQ(outcomes.at(0).kind, Outcome::Kind::delivered);
  EXPECT_EQ(::kill(std::stoi(test::read_file(file)), SIGKILL), 0) << "it has ended before";
}

TEST_F(OutletTest, WhatTheContentThrowsReachesTheCaller) {
  auto broken = parcel({"a@b"}, "x");
  broken.content = [](std::uint64_t, std::size_t) -> Task<std::string> {
    throw std::runtime_error("gone");
    co_return std::string();
  };
  EXPECT_THROW(hand_over(program("cat >/dev/null"), broken), std::runtime_error);
}

TEST_F(OutletTest, AProgramThatIsNotThereIsForLater) {
  const auto result = result_of(parse_way("|/nowhere/deliver"), parcel({"a@b"}, "x"));
  EXPECT_TRUE(result.out_of_order);
  const auto& outcomes = result.outcomes;
  EXPECT_EQ(outcomes.at(0).kind, Outcome::Kind::later);
  EXPECT_THAT(outcomes.at(0).text, StartsWith("cannot run /nowhere/deliver: No such file"));
}

TEST_F(OutletTest, AServerThatIsNotThereIsForLater) {
  const auto result = result_of(parse_way("lmtp:" + (folder / "none").string()), parcel({"a@b", "c@d"}, "x"));
  EXPECT_TRUE(result.out_of_order);
  const auto& outcomes = result.outcomes;
  ASSERT_THAT(outcomes, SizeIs(2));
  EXPECT_EQ(outcomes[1].kind, Outcome::Kind::later);
}

/// Takes mail, but for `full@...` and `nobody@...`.
class Office final : public smtp::Reception {
 public:
  Task<std::optional<smtp::Reply>> sender(const smtp::Client&, const smtp::Sender&) override {
    co_return std::nullopt;
  }
  Task<std::optional<smtp::Reply>> recipient(const smtp::Client&, const smtp::Sender&,
                                             const smtp::Recipient& recipient) override {
    wishes.push_back(recipient.notify);
    if (recipient.address.starts_with("nobody")) co_return smtp::Reply(550, "5.1.1", "no such mailbox");
    co_return std::nullopt;
  }
  std::unique_ptr<smtp::Incoming> begin(const smtp::Client&, smtp::Sender,
                                        std::vector<smtp::Recipient> recipients) override {
    return std::make_unique<One>(content, std::move(recipients));
  }
  Task<std::optional<smtp::Reply>> authenticate(const smtp::Client&, std::string, std::string) override {
    co_return smtp::Reply(535, "5.7.8", "nobody has a password");
  }
  void trouble(const smtp::Client&, std::string) override {}

  std::vector<std::string> content;
  std::vector<smtp::Notify> wishes;

 private:
  class One final : public smtp::Incoming {
   public:
    One(std::vector<std::string>& all, std::vector<smtp::Recipient> recipients)
        : all_(all), recipients_(std::move(recipients)) {}
    Task<std::optional<smtp::Reply>> append(std::string_view piece) override {
      text_ += piece;
      co_return std::nullopt;
    }
    Task<std::vector<smtp::Reply>> commit() override {
      all_.push_back(text_);
      std::vector<smtp::Reply> replies;
      for (const auto& one : recipients_) {
        if (one.address.starts_with("full")) {
          replies.emplace_back(452, "4.2.2", "full");
        } else {
          replies.emplace_back(250, "2.0.0", "taken");
        }
      }
      co_return replies;
    }

   private:
    std::vector<std::string>& all_;
    std::vector<smtp::Recipient> recipients_;
    std::string text_;
  };
};

TEST_F(OutletTest, LmtpHasAnOutcomeForEach) {
  Office office;
  smtp::ServerOptions options;
  options.dialogue.host = "dovecot";
  options.dialogue.dialect = smtp::Dialect::lmtp;
  smtp::Server server(io.get_executor(), clock, office, options);
  const auto path = folder / "lmtp";
  server.listen(path);
  asio::co_spawn(io, server.run(), asio::detached);
  const auto outcomes =
      hand_over(LmtpSocket{path}, parcel({"ben@d", "full@d", "nobody@d"}, "Subject: x\n\n.dot\n"));
  ASSERT_THAT(outcomes, SizeIs(3));
  EXPECT_EQ(outcomes[0].kind, Outcome::Kind::delivered);
  EXPECT_EQ(outcomes[1].kind, Outcome::Kind::later);
  EXPECT_EQ(outcomes[2].kind, Outcome::Kind::failed);
  EXPECT_EQ(outcomes[2].text, "550 5.1.1 no such mailbox");
  EXPECT_THAT(office.content, ElementsAre("Received: x\nSubject: x\n\n.dot\n"));
}

TEST_F(OutletTest, AConnectionThatEndedWhileItWasIdleIsMadeAnew) {
  Office office;
  const auto path = folder / "lmtp";
  const auto outlet = make_outlet(LmtpSocket{path}, "clinic.north", clock);
  std::vector<Outcome::Kind> kinds;
  const auto job = [&]() -> Task<> {
    const auto letter = parcel({"ben@d"}, "Subject: x\n\n");
    for (int i = 0; i < 2; ++i) {
      smtp::ServerOptions options;
      options.dialogue.host = "dovecot";
      options.dialogue.dialect = smtp::Dialect::lmtp;
      smtp::Server server(io.get_executor(), clock, office, options);
      server.listen(path);
      // It ends, and with it the connection, when the mail is there.
      const auto send = [&]() -> Task<> {
        const auto result = co_await outlet->hand_over(letter);
        kinds.push_back(result.outcomes.at(0).kind);
      };
      co_await first_of(server.run(), send());
    }
  };
  asio::co_spawn(io, job(), [&](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
  io.run();
  EXPECT_THAT(kinds, ElementsAre(Outcome::Kind::delivered, Outcome::Kind::delivered));
  EXPECT_THAT(office.content, SizeIs(2));
}

TEST_F(OutletTest, WishesGoOnToAServerThatTakesThem) {
  Office office;
  smtp::ServerOptions options;
  options.dialogue.host = "smart";
  smtp::Server server(io.get_executor(), clock, office, options);
  const auto port = std::to_string(server.listen({asio::ip::make_address("127.0.0.1"), 0}).port());
  asio::co_spawn(io, server.run(), asio::detached);
  auto letter = parcel({"ben@d"}, "Subject: x\n\n");
  letter.recipients[0].notify.success = true;
  letter.envelope_id = "QQ1";
  const auto outcomes = hand_over(parse_way("smtp://127.0.0.1:" + port), letter);
  EXPECT_EQ(outcomes.at(0).kind, Outcome::Kind::relayed);
  EXPECT_TRUE(outcomes.at(0).tells_sender);
  ASSERT_THAT(office.wishes, SizeIs(1));
  EXPECT_TRUE(office.wishes[0].success);
}

}  // namespace
}  // namespace external::outlet::outlet_test
