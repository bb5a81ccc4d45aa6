#include "temp_folder.h"

#include <external/outlet/outlet.h>
#include <external/smtp/server.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace external::outlet {
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

TEST_F(OutletTest, AProgramThatIsNotThereIsForLater) {
  const auto outcomes = hand_over(parse_way("|/nowhere/deliver"), parcel({"a@b"}, "x"));
  EXPECT_EQ(outcomes.at(0).kind, Outcome::Kind::later);
  EXPECT_THAT(outcomes.at(0).text, StartsWith("cannot run /nowhere/deliver: No such file"));
}

TEST_F(OutletTest, AServerThatIsNotThereIsForLater) {
  const auto outcomes =
      hand_over(parse_way("lmtp:" + (folder / "none").string()), parcel({"a@b", "c@d"}, "x"));
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
    if (recipient.address.starts_with("nobody")) co_return smtp::Reply(550, "5.1.1", "no such mailbox");
    co_return std::nullopt;
  }
  std::unique_ptr<smtp::Incoming> begin(const smtp::Client&, smtp::Sender,
                                        std::vector<smtp::Recipient> recipients) override {
    return std::make_unique<One>(content, std::move(recipients));
  }
  Task<bool> authenticate(const smtp::Client&, std::string, std::string) override { co_return false; }
  void trouble(const smtp::Client&, std::string) override {}

  std::vector<std::string> content;

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

}  // namespace
}  // namespace external::outlet
