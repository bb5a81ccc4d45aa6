#include "metrics_format.h"

#include <external/metrics/exposition.h>
#include <external/metrics/text.h>

#include <gmock/gmock.h>

namespace external::metrics::exposition_test {
namespace {

using namespace ::testing;
using namespace std::chrono_literals;

const WallTime noon = std::chrono::sys_days{std::chrono::year{2026} / 1 / 31} + 12h;

Snapshot example() {
  Snapshot snapshot;
  auto& status = snapshot.status;
  status.version = "1.0";
  status.home = "NORTH/CLINIC";
  status.started = noon - 1h;
  status.now = noon;
  control::LineStatus line;
  line.instance = "Modem\\1\"\n";
  line.state = "LISTENING";
  line.since = noon - 90s;
  line.totals = {4, 1, 2, {{"ok", 2}, {"busy", 2}}, {{"ok", 1}}, 100, 5000, 2000, 500, 3000, 700, 7, 8};
  status.lines.push_back(line);
  control::QueueStatus waiting;
  waiting.destination = "SOUTH/HUB";
  waiting.count = 3;
  waiting.bytes = 5'000'000'000;
  waiting.oldest = noon - 10min;
  status.queue.push_back(waiting);
  status.good_calls.push_back({"SOUTH/HUB", noon - 5min});
  control::CallsStatus failed;
  failed.post_office = "EAST/LAB";
  failed.failures = 4;
  failed.undialable = true;
  status.calls.push_back(failed);
  status.disk = "OK";
  status.disk_free = 1024;
  snapshot.destinations = {"EAST/LAB", "NORTH/CLINIC/LMTP", "SOUTH/HUB"};
  snapshot.post_offices = {"EAST/LAB", "SOUTH/HUB"};
  snapshot.states = {"ABSENT", "LISTENING"};
  snapshot.results = {"busy", "ok", "no answer"};
  snapshot.delivered = 11;
  snapshot.returned = 12;
  snapshot.log_lines_dropped = 13;
  snapshot.resident_bytes = 14;
  snapshot.open_files = 15;
  return snapshot;
}

TEST(Exposition, IsWhatPrometheusReads) {
  const auto text = exposition(example());
  EXPECT_THAT(complaints_about(text), IsEmpty()) << text;
}

TEST(Exposition, TellsWhatIsInTheSnapshot) {
  const auto samples = samples_of(exposition(example()));
  const auto line = [](const std::string& more) { return R"(line="Modem\\1\"\n")" + more + "}"; };
  const auto has = [&](const std::string& name, double value) {
    const auto found = samples.find(name);
    EXPECT_TRUE(found != samples.end()) << name;
    EXPECT_DOUBLE_EQ(found == samples.end() ? -1 : found->second, value) << name;
  };
  has(R"(external_build_info{version="1.0",home="NORTH/CLINIC"})", 1);
  has("external_line_state{" + line(R"(,state="LISTENING")"), 1);
  has("external_line_state{" + line(R"(,state="ABSENT")"), 0);
  has("external_line_state_seconds{" + line(""), 90);
  has("external_calls_total{" + line(R"(,direction="made",result="busy")"), 2);
  has("external_calls_total{" + line(R"(,direction="made",result="no answer")"), 0);
  has("external_calls_total{" + line(R"(,direction="answered",result="ok")"), 1);
  has("external_line_connected_seconds_total{" + line(""), 100);
  has("external_line_mail_bytes_total{" + line(R"(,direction="sent")"), 2000);
  has("external_line_wire_bytes_total{" + line(R"(,direction="received")"), 700);
  has("external_line_efficiency_ratio{" + line(""), 0.5);
  has("external_line_retransmissions_total{" + line(""), 7);
  has("external_line_damaged_frames_total{" + line(""), 8);
  has(R"(external_queue_messages{destination="SOUTH/HUB"})", 3);
  has(R"(external_queue_bytes{destination="SOUTH/HUB"})", 5e9);
  has(R"(external_queue_oldest_age_seconds{destination="SOUTH/HUB"})", 600);
  has(R"(external_queue_messages{destination="EAST/LAB"})", 0);
  has(R"(external_queue_oldest_age_seconds{destination="NORTH/CLINIC/LMTP"})", 0);
  has(R"(external_post_office_seconds_since_good_call{post_office="SOUTH/HUB"})", 300);
  has(R"(external_post_office_seconds_since_good_call{post_office="EAST/LAB"})", 3600);
  has(R"(external_post_office_failures{post_office="EAST/LAB"})", 4);
  has(R"(external_post_office_undialable{post_office="EAST/LAB"})", 1);
  has(R"(external_post_office_undialable{post_office="SOUTH/HUB"})", 0);
  has(R"(external_recipients_total{outcome="delivered"})", 11);
  has(R"(external_recipients_total{outcome="returned"})", 12);
  has("external_disk_full", 0);
  has("external_disk_free_bytes", 1024);
  has("external_log_lines_dropped_total", 13);
  has("process_resident_memory_bytes", 14);
  has("process_open_fds", 15);
}

Snapshot lending() {
  auto snapshot = example();
  control::LentModemStatus lent{"Modem1", "LENT", "192.0.2.7:4711", 12, noon - 60s, 5, 100, 2000};
  control::LentModemStatus free{"Modem2", "LISTENING", {}};
  free.to_modem = 77;  // says nothing
  control::ShareStatus office{"OFFICE", {lent, free}, {{"192.0.2.9:1", 13, noon}}, {}};
  office.totals = {{{"closed", 3}, {"idle", 1}}, {{"queue", 4}}, 5, 6, 1000, 20000, 600, 42};
  snapshot.status.shares = {office, {"LAB", {free}, {}, {}}};
  snapshot.lease_ends = {"closed", "idle", "kicked"};
  snapshot.refusals = {"queue", "password"};
  return snapshot;
}

TEST(Exposition, TellsOfPoolsWithTheLeasesThatStand) {
  const auto text = exposition(lending());
  EXPECT_THAT(complaints_about(text), IsEmpty()) << text;
  const auto samples = samples_of(text);
  const auto of_office = [&](const std::string& name, const std::string& more = {}) {
    const auto found = samples.find(name + R"({pool="OFFICE")" + more + "}");
    EXPECT_TRUE(found != samples.end()) << name << more;
    return found == samples.end() ? -1 : found->second;
  };
  EXPECT_EQ(of_office("external_pool_modems"), 2);
  EXPECT_EQ(of_office("external_pool_leases"), 1);
  EXPECT_EQ(of_office("external_pool_waiting"), 1);
  EXPECT_EQ(of_office("external_pool_leases_ended_total", R"(,cause="closed")"), 3);
  EXPECT_EQ(of_office("external_pool_leases_ended_total", R"(,cause="idle")"), 1);
  EXPECT_EQ(of_office("external_pool_refused_total", R"(,cause="queue")"), 4);
  EXPECT_EQ(of_office("external_pool_calls_total", R"(,outcome="refused")"), 5);
  EXPECT_EQ(of_office("external_pool_calls_total", R"(,outcome="handed_over")"), 6);
  EXPECT_EQ(of_office("external_pool_bytes_total", R"(,direction="to_modem")"), 1100);
  EXPECT_EQ(of_office("external_pool_bytes_total", R"(,direction="from_modem")"), 22000);
  EXPECT_EQ(of_office("external_pool_lent_seconds_total"), 660);
  EXPECT_EQ(of_office("external_pool_longest_wait_seconds"), 42);
}

TEST(Exposition, TellsOfAPoolThatNobodyHasUsedWithZeros) {
  const auto samples = samples_of(exposition(lending()));
  std::size_t told = 0;
  for (const auto& [name, value] : samples) {
    if (name.find(R"(pool="LAB")") == std::string::npos || name.starts_with("external_pool_modems")) continue;
    EXPECT_EQ(value, 0) << name;
    ++told;
  }
  EXPECT_EQ(told, 2U + 3 + 2 + 2 + 2 + 2) << "leases, waiting; ends; refusals; calls; bytes; seconds, wait";
}

TEST(Exposition, SaysNothingOfWhatIsUnknown) {
  auto snapshot = example();
  snapshot.status.disk_free.reset();
  snapshot.status.disk = "FULL";
  const auto samples = samples_of(exposition(snapshot));
  EXPECT_FALSE(samples.contains("external_disk_free_bytes"));
  EXPECT_EQ(samples.at("external_disk_full"), 1);
}

TEST(MetricsText, EscapesLabelsAndMendsWhatIsNoUtf8) {
  Text text;
  text.family("a_total", Kind::counter, "What\\it\nis \"for\"");
  text.sample({{"b", "\\ \" \n \xC3\xA4 \xFF \xED\xA0\x80 \xC3"}}, std::uint64_t{1});
  EXPECT_EQ(text.text(),
            "# HELP a_total What\\\\it\\nis \"for\"\n# TYPE a_total counter\n"
            "a_total{b=\"\\\\ \\\" \\n \xC3\xA4 \xEF\xBF\xBD \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD "
            "\xEF\xBF\xBD\"} 1\n");
  EXPECT_THAT(complaints_about(text.text()), IsEmpty());
}

TEST(MetricsText, WritesNumbersThatCanBeReadBack) {
  Text text;
  text.family("a", Kind::gauge, "x");
  text.sample({{"n", "1"}}, 0.1);
  text.sample({{"n", "2"}}, 1e300);
  text.sample({{"n", "3"}}, std::numeric_limits<double>::infinity());
  text.sample({{"n", "4"}}, std::numeric_limits<std::uint64_t>::max());
  const auto samples = samples_of(text.text());
  EXPECT_EQ(samples.at(R"(a{n="1"})"), 0.1);
  EXPECT_EQ(samples.at(R"(a{n="2"})"), 1e300);
  EXPECT_THAT(text.text(), HasSubstr("a{n=\"3\"} +Inf\n"));
  EXPECT_THAT(text.text(), HasSubstr("a{n=\"4\"} 18446744073709551615\n"));
}

// The eyes of the tests above.
TEST(MetricsFormat, ComplainsOfWhatPrometheusWouldNotTake) {
  const std::string head = "# HELP a_total x\n# TYPE a_total counter\n";
  EXPECT_THAT(complaints_about(head + "a_total 1\n"), IsEmpty());
  for (const std::string& bad :
       {head + "a_total 1", head + "a_total one\n", head + "a_total{b=\"\\x\"} 1\n", head + "b_total 1\n",
        head + "a_total{b=1} 1\n", head + "a_total 1\na_total 2\n", head + "a_total -1\n",
        head + head + "a_total 1\n", head + "a_total{1b=\"x\"} 1\n", head + "a_total{b=\"x} 1\n",
        std::string("# HELP a x\n# TYPE a counter\na 1\n"), std::string("# TYPE a gauge\na 1\n"),
        std::string("# HELP a_ms x\n# TYPE a_ms gauge\na_ms 1\n"), std::string("a 1\n"),
        head + "a_total{b=\"x\",b=\"y\"} 1\n", head + "a_total{b=\"\xFF\"} 1\n"}) {
    EXPECT_THAT(complaints_about(bad), Not(IsEmpty())) << bad;
  }
}

}  // namespace
}  // namespace external::metrics::exposition_test
