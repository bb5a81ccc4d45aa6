// Every script plays: those that come with External, those written for these tests, and those in the folder
// that EXTERNAL_MODEM_SCRIPTS names. What is expected follows from what a script does, never from its name.

#include "stage.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace external::modem::test::plays_test {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> scripts_in(const std::filesystem::path& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".MDM") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> all_scripts() {
  auto files = scripts_in(SOURCE_DIR "/samples/scripts");
  for (auto& file : scripts_in(SOURCE_DIR "/tests/data/scripts")) files.push_back(std::move(file));
  if (const char* folder = std::getenv("EXTERNAL_MODEM_SCRIPTS")) {
    for (auto& file : scripts_in(folder)) files.push_back(std::move(file));
  }
  return files;
}

std::string name_of_script(const testing::TestParamInfo<std::string>& info) {
  auto name = std::filesystem::path(info.param).stem().string();
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name + "_" + std::to_string(info.index);
}

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// `source` with a semicolon put before the place of an error: a comment that has lost its own.
std::string with_semicolon(const std::string& source, const Diagnostic& error) {
  std::size_t at = 0;
  for (std::size_t line = 1; line < error.line; ++line) at = source.find('\n', at) + 1;
  return source.substr(0, at + error.column - 1) + ";" + source.substr(at + error.column - 1);
}

/// What people hear of a script; with an operator at the keyboard or without.
struct Attended final : ScriptEvents {
  bool operator_there = true;
  std::vector<std::string> sent_texts;

  void sent(std::string_view text) override { sent_texts.emplace_back(text); }
  int key() override { return operator_there ? 13 : 0; }
};

FakeOptions factory_state() {
  FakeOptions options;
  options.dial_result = "CONNECT 2400";
  options.has_control_lines = true;
  return options;
}

class Plays : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const auto name = std::filesystem::path(GetParam()).filename().string();
    auto source = text_of(GetParam());
    compiled_ = compile(source, name);
    if (!compiled_.script) {
      const auto& error = compiled_.diagnostics.front();
      compiled_ = compile(with_semicolon(source, error), name);
    }
    ASSERT_TRUE(compiled_.script) << render(compiled_.diagnostics.front());
    speaks_at_ = sends_at();
  }

  const Script& script() const { return *compiled_.script; }

  /// Whether the author has been told that two answers may come as one.
  bool warned_of_two_commands() const {
    return std::any_of(compiled_.diagnostics.begin(), compiled_.diagnostics.end(), [](const auto& one) {
      return one.text.find("two commands in a row") != std::string::npos;
    });
  }

  /// For modems: INITIALIZE talks to one.
  bool speaks_at() const { return speaks_at_; }

 private:
  bool sends_at() const {
    external::test::VirtualWorld world;
    FakeModem device(world.io.get_executor(), world.clock, factory_state());
    Attended events;
    Player player(device, world.clock, events);
    world.run(player.play(script(), Procedure::initialize));
    return std::any_of(events.sent_texts.begin(), events.sent_texts.end(),
                       [](const std::string& text) { return text.starts_with("AT"); });
  }

  Compilation compiled_;
  bool speaks_at_ = false;
};

/// A whole modem with a script on it.
struct Post : external::test::VirtualWorld {
  Post(const Script& script, FakeOptions options) {
    auto owned = std::make_unique<FakeModem>(io.get_executor(), clock, std::move(options));
    device = owned.get();
    modem = std::make_unique<Modem>(std::move(owned), script, clock, events);
  }

  /// How long `task` takes.
  Duration time_of(Task<Outcome> task) {
    const TimePoint start = clock.now();
    last = run(std::move(task));
    return clock.now() - start;
  }

  /// Whether somebody who rings is answered.
  bool answers() {
    const TimePoint end = clock.now() + 30s;
    while (clock.now() < end) {
      if (run(wait_for_ring(*modem, end))) return false;
      if (run(modem->answer()).connected()) return true;
    }
    return false;
  }

  bool answers_a_caller() {
    device->ring_after(100ms, 5);
    return answers();
  }

  /// Back to idle, as after every call.
  void hang_up() {
    EXPECT_EQ(run(modem->disconnect()).code, ReturnCode::ok);
    EXPECT_FALSE(device->in_call());
    EXPECT_TRUE(run(modem->reset()).ok());
  }

  Attended events;
  Outcome last;
  FakeModem* device = nullptr;
  std::unique_ptr<Modem> modem;
};

TEST_P(Plays, OnAModemInFactoryState) {
  for (const bool lines : {true, false}) {
    auto options = factory_state();
    options.has_control_lines = lines;
    Post post(script(), options);
    EXPECT_LE(post.time_of(post.modem->initialize()), 25s);
    if (!speaks_at() && !post.events.sent_texts.empty()) return;  // for another kind of device
    EXPECT_TRUE(post.last.ok()) << post.last.text;
    if (speaks_at()) {
      EXPECT_EQ(post.device->auto_answer(), 0);
    }
    for (int round = 0; round < 2; ++round) {
      const auto called = post.run(post.modem->call(CallRequest("5550002")));
      EXPECT_EQ(called.connected(), post.device->in_call()) << called.text;
      if (speaks_at() && script().has(Procedure::call)) {
        EXPECT_TRUE(called.connected()) << called.text;
      }
      if (called.connected()) {
        EXPECT_EQ(called.line_speed, 2400U);
      }
      post.hang_up();
      if (speaks_at() && script().has(Procedure::answer)) {
        EXPECT_TRUE(post.answers_a_caller());
      }
      post.hang_up();
    }
  }
}

TEST_P(Plays, OnASlowModem) {
  auto options = factory_state();
  options.answer_delay = 200ms;
  options.reset_delay = 800ms;
  Post post(script(), options);
  post.run(post.modem->initialize());
  if (!speaks_at()) return;
  const auto called = post.run(post.modem->call(CallRequest("5550002")));
  EXPECT_EQ(called.connected(), script().has(Procedure::call)) << called.text;
  post.hang_up();
}

TEST_P(Plays, OnAModemThatIsSwitchedOff) {
  for (const bool takes_bytes : {true, false}) {
    FakeOptions options;
    options.silent = true;
    options.takes_bytes = takes_bytes;
    external::test::VirtualWorld world;
    FakeModem device(world.io.get_executor(), world.clock, options);
    Attended events;
    Player player(device, world.clock, events);
    const std::pair<Procedure, Duration> limits[] = {{Procedure::initialize, 26s},
                                                     {Procedure::call, 300s},
                                                     {Procedure::answer, 2s},
                                                     {Procedure::disconnect, 13s},
                                                     {Procedure::reset, 21s}};
    for (const auto& [procedure, limit] : limits) {
      events.sent_texts.clear();
      const TimePoint start = world.clock.now();
      const auto outcome = world.run(player.play(script(), procedure, {"5550002", "T", false}));
      EXPECT_LE(world.clock.now() - start, limit) << name_of(procedure);
      const bool sent = std::any_of(events.sent_texts.begin(), events.sent_texts.end(),
                                    [](const std::string& text) { return text.size() > 1; });
      if (!sent || outcome.ended == Ended::absent) continue;
      if (!takes_bytes) {
        EXPECT_EQ(outcome.ended, Ended::line_failed) << name_of(procedure);
      }
      if (procedure == Procedure::initialize || procedure == Procedure::reset) {
        EXPECT_EQ(outcome.code, ReturnCode::error) << name_of(procedure);
      }
      if (procedure == Procedure::call) {
        EXPECT_FALSE(outcome.connected());
      }
    }
  }
}

TEST_P(Plays, WithoutAnOperator) {
  Post post(script(), factory_state());
  post.events.operator_there = false;
  post.run(post.modem->initialize());
  EXPECT_LE(post.time_of(post.modem->call(CallRequest("5550002"))), 302s);
  EXPECT_EQ(post.last.connected(), post.device->in_call());
  post.run(post.modem->disconnect());
  post.run(post.modem->reset());
  if (speaks_at() && script().has(Procedure::answer)) {
    EXPECT_TRUE(post.answers_a_caller());
  }
}

// A modem that gives two answers in one piece. Whoever was warned of that may fail; nobody hangs.
TEST_P(Plays, OnAModemThatMergesTwoAnswers) {
  auto options = factory_state();
  options.store_delay = options.answer_delay;
  options.merges = true;
  Post post(script(), options);
  EXPECT_LE(post.time_of(post.modem->initialize()), 26s);
  if (!speaks_at()) return;
  if (!warned_of_two_commands()) {
    EXPECT_TRUE(post.last.ok()) << post.last.text;
  }
  if (!post.last.ok()) {
    EXPECT_EQ(post.last.code, ReturnCode::error);
  }
}

// Whatever a script makes of a CONNECT it does not know, afterwards the modem is idle and hears the
// telephone.
TEST_P(Plays, OnAModemWithAnUnknownConnectCode) {
  auto options = factory_state();
  options.numeric_result = "99";
  Post post(script(), options);
  post.run(post.modem->initialize());
  if (!speaks_at()) return;
  post.run(post.modem->call(CallRequest("5550002")));
  post.hang_up();
  post.device->options().numeric_result.clear();
  if (script().has(Procedure::answer)) {
    EXPECT_TRUE(post.answers_a_caller());
  }
}

TEST_P(Plays, WithACallAtAnyMomentOfReset) {
  if (!speaks_at() || !script().has(Procedure::reset)) return;
  for (const bool lines : {false, true}) {
    auto options = factory_state();
    options.has_control_lines = lines;
    Duration length = 1s;
    for (Duration when = 0ms; when < length; when += 50ms) {
      Post post(script(), options);
      ASSERT_TRUE(post.run(post.modem->initialize()).ok());
      post.device->ring_after(when, 5);
      length = std::max(length, std::min<Duration>(5s, post.time_of(post.modem->reset())));
      EXPECT_TRUE(post.last.ok()) << when.count() << ": " << post.last.text;
      if (script().has(Procedure::answer)) {
        EXPECT_TRUE(post.answers()) << when.count();
      }
    }
  }
}

TEST_P(Plays, WithACallAtAnyMomentOfInitialize) {
  if (!speaks_at()) return;
  Duration length = 1s;
  for (Duration when = 0ms; when < length; when += 50ms) {
    Post post(script(), factory_state());
    post.device->ring_after(when, 5);
    length = std::max(length, std::min<Duration>(5s, post.time_of(post.modem->initialize())));
    EXPECT_TRUE(post.last.ok()) << when.count() << ": " << post.last.text;
    if (script().has(Procedure::answer)) {
      EXPECT_TRUE(post.answers()) << when.count();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Plays, testing::ValuesIn(all_scripts()), name_of_script);

// In the folder of published scripts one has lost a semicolon; that has to be said with its place.
TEST(Published, ScriptsAreRefusedForAPlaceOnly) {
  const char* folder = std::getenv("EXTERNAL_MODEM_SCRIPTS");
  if (folder == nullptr) GTEST_SKIP() << "EXTERNAL_MODEM_SCRIPTS names no folder";
  for (const auto& file : scripts_in(folder)) {
    const auto result = compile_file(file);
    const bool incomplete = file.ends_with("/NULLMODM.MDM");
    EXPECT_EQ(result.script.has_value(), !incomplete) << file;
    if (incomplete) {
      EXPECT_EQ(result.diagnostics.front().line, 7U);
    }
  }
}

}  // namespace
}  // namespace external::modem::test::plays_test
