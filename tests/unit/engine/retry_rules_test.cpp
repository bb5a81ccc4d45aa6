#include "../../../src/engine/retry_rules.h"

#include "../../../src/engine/dialled_call.h"

#include <external/link/link.h>

#include <gmock/gmock.h>

namespace external::engine::retry_rules_test {
namespace {

using namespace std::chrono_literals;
using config::BackOff;
using config::RetryRules;
using modem::ReturnCode;

DialledCall no_connection(ReturnCode code) {
  DialledCall call;
  call.code = code;
  return call;
}

DialledCall unreached(error_code error) {
  DialledCall call;
  call.line_error = error;
  return call;
}

DialledCall session(error_code error) {
  DialledCall call;
  call.result.error = error;
  return call;
}

struct Row {
  const char* how;
  DialledCall call;
  std::optional<Cause> cause;
  bool counts_3_2;
  bool counts_2_1;
  bool counts_time;
  bool blames;
};

/// The table of docs/retries.md.
std::vector<Row> rows() {
  constexpr bool yes = true;
  constexpr bool no = false;
  DialledCall line_failed = no_connection(ReturnCode::error);
  line_failed.line_error = asio::error::eof;
  DialledCall moved = session(line::Error::hung_up);
  moved.result.moved_mail = true;
  DialledCall trouble = session(asio::error::operation_aborted);
  trouble.result.trouble_here = true;
  DialledCall hung_up = session(asio::error::operation_aborted);
  hung_up.result.hung_up = true;
  DialledCall waiting = no_connection(ReturnCode::error);
  waiting.begun = false;
  using Asio = asio::error::basic_errors;
  return {
      {"NO CARRIER", no_connection(ReturnCode::no_carrier), Cause::no_carrier, yes, yes, yes, yes},
      {"ERROR", no_connection(ReturnCode::error), Cause::local, yes, yes, yes, no},
      {"OK, which is no result", no_connection(ReturnCode::ok), Cause::local, yes, yes, yes, no},
      {"NO DIALTONE", no_connection(ReturnCode::no_dialtone), Cause::no_dialtone, yes, yes, yes, no},
      {"BUSY", no_connection(ReturnCode::busy), Cause::busy, yes, yes, no, yes},
      {"NO ANSWER", no_connection(ReturnCode::no_answer), Cause::no_answer, yes, no, no, yes},
      {"DIAL REJECT", no_connection(ReturnCode::dial_reject), Cause::rejected, no, no, no, no},
      {"port failed", line_failed, Cause::local, no, no, no, no},
      {"TCP refused", unreached(Asio::connection_refused), Cause::no_answer, yes, no, no, yes},
      {"TCP silent", unreached(Asio::timed_out), Cause::no_answer, yes, no, no, yes},
      {"no network", unreached(Asio::network_unreachable), Cause::no_dialtone, no, no, no, no},
      {"no name", unreached(asio::error::host_not_found), Cause::no_dialtone, no, no, no, no},
      {"no line free", session(link::Error::busy), Cause::busy, yes, yes, no, yes},
      {"password", session(link::Error::wrong_credentials), Cause::refused, yes, yes, yes, yes},
      {"another post office", session(link::Error::wrong_address), Cause::refused, yes, yes, yes, yes},
      {"encryption", session(link::Error::encryption), Cause::refused, yes, yes, yes, yes},
      {"protocol", session(link::Error::protocol), Cause::protocol, yes, yes, yes, yes},
      {"version", session(link::Error::wrong_version), Cause::protocol, yes, yes, yes, yes},
      {"seal", session(link::Error::broken_seal), Cause::protocol, yes, yes, yes, yes},
      {"silence", session(link::Error::silent), Cause::protocol, yes, yes, yes, yes},
      {"standstill", session(Asio::timed_out), Cause::protocol, yes, yes, yes, yes},
      {"lost carrier", session(line::Error::hung_up), Cause::no_carrier, yes, yes, yes, yes},
      {"broken on the way", moved, Cause::no_carrier, no, no, no, no},
      {"our disk", trouble, Cause::local, no, no, no, no},
      {"hung up by the operator", hung_up, std::nullopt, no, no, no, no},
      {"somebody called us", waiting, std::nullopt, no, no, no, no},
  };
}

TEST(RetryRules, EachWayToFailHasItsCauseAndCountsAsTheTableSays) {
  for (const auto& row : rows()) {
    SCOPED_TRACE(row.how);
    const auto ending = ending_of(row.call);
    EXPECT_EQ(rule_of(ending).cause, row.cause);
    EXPECT_EQ(uses_up_a_try(ending, RetryRules::v3_2), row.counts_3_2);
    EXPECT_EQ(uses_up_a_try(ending, RetryRules::v2_1), row.counts_2_1);
    EXPECT_EQ(uses_up_a_try(ending, RetryRules::time), row.counts_time);
    EXPECT_EQ(rule_of(ending).blames, row.blames);
  }
  EXPECT_FALSE(uses_up_a_try(Ending::put_back, RetryRules::v3_2)) << "the other end said: later";
}

TEST(RetryRules, PausesAreMadeOfRetryIntervalUnlessTheyAreSet) {
  config::Instance line;
  EXPECT_EQ(back_off_after(Cause::busy, line), (BackOff{1min, 1.5, 10min, 100}));
  EXPECT_EQ(back_off_after(Cause::no_answer, line), (BackOff{1min, 2, 15min, 100}));
  EXPECT_EQ(back_off_after(Cause::no_carrier, line), (BackOff{1min, 2, 15min, 100}));
  EXPECT_EQ(back_off_after(Cause::no_dialtone, line), (BackOff{1min, 1.5, 10min, 50}));
  EXPECT_EQ(back_off_after(Cause::refused, line), (BackOff{5min, 2, 2h, 20}));
  EXPECT_EQ(back_off_after(Cause::protocol, line), (BackOff{2min, 2, 30min, 100}));
  EXPECT_EQ(back_off_after(Cause::local, line), (BackOff{1min, 2, 5min, 20}));
  EXPECT_EQ(back_off_after(Cause::rejected, line), (BackOff{1h, 1, 1h, 100}));
  line.retry_interval = 10s;
  EXPECT_EQ(back_off_after(Cause::no_answer, line), (BackOff{10s, 2, 150s, 100}));
  line.retry_pauses.no_answer = BackOff{3s, 1, 3s, 0};
  EXPECT_EQ(back_off_after(Cause::no_answer, line), (BackOff{3s, 1, 3s, 0}));
  EXPECT_EQ(back_off_after(Cause::busy, line).first, 10s);
}

}  // namespace
}  // namespace external::engine::retry_rules_test
