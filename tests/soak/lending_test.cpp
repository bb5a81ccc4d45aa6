// A thousand clients at four modems of a post office that also answers and dials, in virtual time: none of
// the modems is ever lost or has two owners, and what became of each client and each caller is known.

#include "caller.h"
#include "guest.h"
#include "ledger_paper.h"
#include "letters.h"
#include "resources.h"
#include "soak_office.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace external::soak::lending_test {
namespace {

constexpr Duration step = 500ms;
constexpr auto wait_limit = 10min;
constexpr Duration ring_gap = 10s;  ///< rings closer than that are of one call, as far as the log can tell
constexpr std::size_t most_letters = 10'000;
constexpr unsigned modems = 4;

const std::string lender_name = "SOUTH/HUB";
const std::string far_name = "NORTH/CLINIC";
const std::vector<std::string> numbers{"5550001", "5550002", "5550003", "5550004"};

constexpr std::string_view refusal = "Lease refused to ";

const std::string pools_text = R"([Share OFFICE]
Instance = Line1, Line2, Line3, Line4
ListenRaw = 7001
IdleLimit = 60s
LeaseLimit = 180s
QueueLimit = 60
WaitLimit = 600s
First = 192.0.2.7
UrgentMailFirst = yes
[Share QUIET]
Instance = Line4, Line3, Line2
ListenRaw = 7002
IdleLimit = 60s
LeaseLimit = 120s
QueueLimit = 8
WaitLimit = 600s
RefuseCalls = yes
[Share DESK]
Instance = Line3, Line1
ListenRaw = 7003
IdleLimit = 90s
LeaseLimit = 180s
QueueLimit = 10
WaitLimit = 600s
HandOverCalls = yes
)";

std::string peer(const std::string& name, const std::string& number) {
  return "[PostOffice " + name + "]\nPhone = " + number +
         "\nPassword = one two\nRetries = 255\nUndialableAfter = 0\n";
}

phonenet::ExchangeOptions coarse() {
  phonenet::ExchangeOptions options;
  options.quantum = 40ms;
  return options;
}

std::vector<config::Share> without_doors(std::vector<config::Share> shares) {
  for (auto& share : shares) share.listen_raw.clear();
  return shares;
}

double in_seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

/// Durations that were measured.
class Times {
 public:
  void add(Duration time) { all_.push_back(time); }
  Duration longest() const { return all_.empty() ? Duration::zero() : *std::ranges::max_element(all_); }
  Duration median() {
    if (all_.empty()) return {};
    const auto middle = all_.begin() + static_cast<long>(all_.size() / 2);
    std::ranges::nth_element(all_, middle);
    return *middle;
  }

 private:
  std::vector<Duration> all_;
};

/// A modem that answers, and sends back what it hears.
class Echo final : public phonenet::Telephone {
 public:
  Echo(matrix::Telephony& phones, const std::string& number)
      : line_(phones.exchange.add(number, "echo-" + number, {})) {
    line_.plug_in(*this);
  }

  void ring() override { line_.answer(); }
  void connected(unsigned) override {}
  void failed(phonenet::DialFailure) override {}
  void carrier_lost() override { line_.hang_up(); }
  void deliver(ByteView bytes) override { line_.send(bytes); }
  void room_made() override {}

 private:
  phonenet::Subscriber& line_;
};

/// The pools as the engine sees them; notes who gets what, and that nobody has had it still.
class Supervisor final : public engine::Lender {
 public:
  Supervisor(engine::Lender& pools, Clock& clock) : pools_(pools), clock_(clock) {}

  const engine::Borrower* next(std::string_view instance) const override { return pools_.next(instance); }
  const engine::Borrower* next_for_call(std::string_view instance) const override {
    return pools_.next_for_call(instance);
  }
  std::shared_ptr<engine::Borrower> lend(std::string_view instance, bool for_call) override {
    auto& owner = owners_[std::string(instance)];
    auto client = pools_.lend(instance, for_call);
    if (!client) return client;
    const auto name = client->name();
    if (!owner.empty())
      complaints += fmt::format("{} was lent to {} while {} had it\n", instance, name, owner);
    owner = name;
    lent.insert(name);
    waits.add(clock_.now() - client->waits_since());
    check_turn(*client);
    auto* const borrower = client.get();
    return {borrower, [&owner, client = std::move(client)](engine::Borrower*) mutable {
              client.reset();
              owner.clear();
            }};
  }

  const std::string& owner_of(const std::string& instance) { return owners_[instance]; }

  std::set<std::string> lent;  ///< names of who got a modem
  Times waits;
  std::string complaints;

 private:
  /// In pools where nobody goes first nobody overtakes.
  void check_turn(const engine::Borrower& client) {
    const auto name = client.name();
    const auto pool = name.substr(name.rfind(' ') + 1);
    if (pool == "OFFICE") return;
    auto& newest = newest_[pool];
    if (client.waits_since() < newest) complaints += name + " was overtaken\n";
    newest = std::max(newest, client.waits_since());
  }

  engine::Lender& pools_;
  Clock& clock_;
  std::map<std::string, std::string> owners_;  ///< empty: nobody
  std::map<std::string, TimePoint> newest_;
};

/// What Session.log tells of each instance.
class Lines {
 public:
  explicit Lines(Clock& clock) : clock_(clock) {}

  struct Counts {
    unsigned lent = 0;
    unsigned ended = 0;
    unsigned calls_answered = 0;
    unsigned calls_tried = 0;
    unsigned calls_refused = 0;
    unsigned calls_handed_over = 0;
  };

  void read(std::string_view instance, std::string_view text) {
    if (text.starts_with(refusal))
      turned_away.emplace(text.substr(refusal.size(), text.find(": ") - refusal.size()));
    if (instance.empty()) return;
    auto& counts = of[std::string(instance)];
    if (text.starts_with("Lent to ")) ++counts.lent;
    if (text.starts_with("Answering call")) ++counts.calls_answered;
    if (text.starts_with("Call not answered")) ++counts.calls_tried;
    if (text.starts_with("Call refused: the modem is lent to ")) ++counts.calls_refused;
    if (text.starts_with("Call handed over to ")) ++counts.calls_handed_over;
    auto& ended_at = ended_[std::string(instance)];
    if (text.starts_with("Lease of ")) {
      ++counts.ended;
      ended_at = clock_.now();
    }
    if (text.starts_with("Initialization complete") && ended_at) {
      until_back.add(clock_.now() - *ended_at);
      ended_at.reset();
    }
    if (counts.lent != counts.ended && counts.lent != counts.ended + 1)
      complaints += fmt::format("{}: leases overlap: {}\n", instance, text);
  }

  std::map<std::string, Counts> of;
  std::set<std::string> turned_away;  ///< names of who was refused a modem
  Times until_back;                   ///< from the end of a lease until the modem listens
  std::string complaints;

 private:
  Clock& clock_;
  std::map<std::string, std::optional<TimePoint>> ended_;
};

class Lending {
 public:
  Lending(unsigned seed, unsigned guests)
      : random_(seed),
        wanted_(guests),
        phones_(world_.io.get_executor(), world_.clock, coarse(), seed),
        office_(world_, phones_, lender_name, numbers, pools_text + peer(far_name, "5550011")),
        far_(world_, phones_, far_name, {"5550011", "5550012"}, peer(lender_name, numbers[0])),
        pools_(world_.io.get_executor(), world_.clock, office_.log(),
               without_doors(office_.settings().shares)),
        supervisor_(pools_, world_.clock),
        lines_(world_.clock) {
    for (int i = 0; i < 5; ++i)
      echoes_.push_back(std::make_unique<Echo>(phones_, "555900" + std::to_string(i)));
    for (int i = 0; i < 3; ++i) {
      const auto name = "caller" + std::to_string(i);
      callers_.push_back(
          {std::make_unique<matrix::Caller>(phones_, "555700" + std::to_string(i), name), {}, {}});
    }
    office_.log().on_line = [this](std::string_view instance, std::string_view text) {
      lines_.read(instance, text);
    };
    office_.lend_for(supervisor_);
    pools_.serve(for_pools());
    asio::co_spawn(
        world_.io, pools_.run(),
        asio::bind_cancellation_slot(end_.slot(), [this](const std::exception_ptr&) { ended_ = true; }));
  }

  ~Lending() {
    office_.stop();
    end_.emit(asio::cancellation_type::terminal);
    world_.clock.run_until(
        [this] {
          return ended_ && std::ranges::all_of(guests_, [](const auto& one) { return one->over(); });
        },
        1h);
  }

  void run() {
    office_.start();
    far_.start();
    world_.clock.advance(1min);
    while (came_ < wanted_ / 5 && all_is_well()) go_on();
    come_to_rest();
    while (came_ < wanted_ && all_is_well()) go_on();
    come_to_rest();
    for (const auto& number : numbers) answer_one_more(number);
    come_to_rest();
  }

  /// A call to a modem that is lent, for which others wait.
  void expect_that_a_call_gets_the_modem_it_took() {
    office_.start();
    world_.clock.advance(1min);
    for (unsigned number = 0; number < 4 * modems; ++number) {
      GuestPlan plan;
      plan.pool = "OFFICE";
      plan.address = fmt::format("192.0.2.10:{}", 1000 + number);
      plan.errand = Errand::stays;
      plan.patience = 10min;
      plan.seed = number;
      enter(std::move(plan));
    }
    world_.clock.advance(10s);
    call_from(callers_.front(), numbers.front());
    while (!callers_.front().instance.empty()) pass();
    EXPECT_EQ(list(calls_), " by External 1");
    EXPECT_EQ(pools_.report().front().tally.ended["call"], 1u) << "leases of clients who gave way";
  }

  void expect_all_well() {
    EXPECT_EQ(complaints_ + supervisor_.complaints + lines_.complaints, "");
    std::uint64_t ended = 0;
    std::uint64_t refused = 0;
    for (const auto& pool : pools_.report()) {
      EXPECT_TRUE(pool.leases.empty() && pool.waiting.empty()) << pool.pool;
      for (const auto& [cause, count] : pool.tally.ended) ended += count;
      for (const auto& [cause, count] : pool.tally.refused) refused += count;
    }
    EXPECT_EQ(came_, wanted_);
    EXPECT_EQ(ended, supervisor_.lent.size()) << "leases that have an end in the books";
    EXPECT_EQ(refused, lines_.turned_away.size()) << "refusals that stand in the log";
    EXPECT_EQ(came_, ended + refused + gone_while_waiting_);
    for (const auto& [instance, counts] : lines_.of) EXPECT_EQ(counts.lent, counts.ended) << instance;
    EXPECT_LE(supervisor_.waits.longest(), wait_limit + 1s);
    EXPECT_LE(lines_.until_back.longest(), 60s);
    EXPECT_EQ(answered_at_the_end_, modems);
    letters_.expect_in_order();
    for (const auto* office : {&office_, &far_}) office->expect_no_trouble();
    for (const auto* cause : {"by External", "busy", "refused", "handed over"})
      EXPECT_GT(calls_[cause], 0u) << cause;
    const auto& before = measured_.at(0);
    const auto& after = measured_.at(1);
    EXPECT_LE(after.heap, before.heap + 512 * 1024);
    EXPECT_LE(after.files, before.files);
  }

  std::string table(const std::string& title) {
    std::string text = title + "\n";
    PoolTally all;
    for (const auto& pool : pools_.report()) {
      for (const auto& [cause, count] : pool.tally.ended) all.ended[cause] += count;
      for (const auto& [cause, count] : pool.tally.refused) all.refused[cause] += count;
    }
    text += fmt::format("  clients {}: got a modem {}, refused {}, went while they waited {}\n", came_,
                        supervisor_.lent.size(), lines_.turned_away.size(), gone_while_waiting_);
    text += fmt::format("  went by{}\n", list(left_));
    text += fmt::format("  refused by cause{}\n", list(all.refused));
    text += fmt::format("  leases ended by{}\n", list(all.ended));
    text += fmt::format("  waits for a modem: median {:.1f} s, longest {:.1f} s, limit {:.0f} s\n",
                        in_seconds(supervisor_.waits.median()), in_seconds(supervisor_.waits.longest()),
                        in_seconds(wait_limit));
    text +=
        fmt::format("  from the end of a lease to a modem that listens: median {:.1f} s, longest {:.1f} s\n",
                    in_seconds(lines_.until_back.median()), in_seconds(lines_.until_back.longest()));
    text += fmt::format("  inbound calls {}:{}\n", calls_made_, list(calls_));
    const auto sums = letters_.sums();
    text += fmt::format("  mail meanwhile: {} messages, delivered {}, lost {}, doubled {}\n", letters_.size(),
                        sums.delivered, sums.lost, sums.doubled);
    text += fmt::format("  answers of modems {}, bytes echoed unchanged {}, looks for a second owner {}\n",
                        answers_, echoed_, looks_);
    text += fmt::format("  virtual time {:.1f} h; modems that answer one more call: {} of {}\n",
                        in_seconds(world_.clock.now() - TimePoint(1h)) / 3600, answered_at_the_end_, modems);
    return text;
  }

 private:
  using PoolTally = sharing::PoolTally;

  /// A caller, and what the log had told of the called instance when it dialled.
  struct Dialling {
    std::unique_ptr<matrix::Caller> caller;
    std::string instance;
    Lines::Counts before;
    bool follows = false;       ///< its first ring comes as if it were the next of a call before
    bool met_dialling = false;  ///< the client dialled between two rings: both ends have seized the line
    bool has_spoiler = false;   ///< the modem is lent to one that let it answer by itself
  };

  template <class Counts>
  static std::string list(const Counts& counts) {
    std::string text;
    for (const auto& [name, count] : counts)
      text += fmt::format("{} {} {}", text.empty() ? "" : ",", name, count);
    return text;
  }

  sharing::Lines for_pools() {
    sharing::Lines lines;
    lines.wake = [this](const std::string& instance) { office_.engine().wake_line(instance); };
    lines.is_free = [this](const std::string& instance) {
      return office_.engine().line_state(instance) == engine::LineState::listening;
    };
    lines.activity = [](const std::string&) { return std::string("is busy"); };
    return lines;
  }

  /// So far. Whatever is not is told, and soon: a modem that is lost would let the others wait for hours.
  bool all_is_well() const {
    return complaints_.empty() && supervisor_.complaints.empty() && lines_.complaints.empty();
  }

  bool chance(unsigned one_in) { return random_() % one_in == 0; }

  void go_on() {
    if (chance(22)) invite();
    if (chance(3000)) {
      for (int i = 0; i < 60; ++i) invite();
    }
    if (chance(40)) call();
    if (chance(400)) kick();
    if (chance(120)) send();
    pass();
  }

  void pass() {
    world_.clock.advance(step);
    look_for_owners();
    look_at_callers();
    see_off();
    for (auto* office : {&office_, &far_}) {
      for (auto& line : office->lines()) line.station->forget();
    }
    for (auto& text : phones_.log) {
      const std::string rings = lender_name + "-LineN: rings";
      if (text.size() == rings.size() && text.ends_with(": rings") && text.starts_with(lender_name))
        last_ring_[text.substr(lender_name.size() + 1, 5)] = world_.clock.now();
      exchange_said_ += fmt::format("{:.1f} {}\n", in_seconds(world_.clock.now().time_since_epoch()), text);
    }
    if (exchange_said_.size() > 40'000) exchange_said_.erase(0, 20'000);
    phones_.log.clear();
  }

  /// A new client.
  void invite() {
    if (came_ == wanted_) return;
    GuestPlan plan;
    plan.seed = static_cast<unsigned>(random_());
    const auto which = random_() % 10;
    plan.pool = which < 5 ? "OFFICE" : which < 8 ? "QUIET" : "DESK";
    plan.protocol = chance(3) ? sharing::Protocol::rfc2217 : sharing::Protocol::raw;
    plan.address = fmt::format("192.0.2.{}:{}", chance(10) ? 7 : 10 + random_() % 200, 1000 + came_);
    constexpr std::array errands{Errand::commands, Errand::commands, Errand::dials, Errand::dials,
                                 Errand::dials,    Errand::sleeps,   Errand::stays, Errand::spoils};
    plan.errand = errands[random_() % errands.size()];
    constexpr std::array leavings{Leaving::closes, Leaving::killed, Leaving::cable_out};
    plan.leaving = leavings[random_() % leavings.size()];
    const bool patient = plan.errand != Errand::spoils && chance(2);
    plan.patience = patient ? Duration(1h) : Duration(std::chrono::milliseconds(random_() % 60'000));
    plan.number = "555900" + std::to_string(random_() % echoes_.size());
    enter(std::move(plan));
  }

  void enter(GuestPlan plan) {
    if (plan.errand == Errand::spoils) spoilers_.insert(plan.address + " of " + plan.pool);
    guests_.push_back(std::make_unique<Guest>(world_.io.get_executor(), world_.clock, std::move(plan)));
    guests_.back()->enter(pools_);
    ++came_;
  }

  /// A far caller.
  void call() {
    for (auto& dialling : callers_) {
      if (!dialling.instance.empty()) continue;
      return call_from(dialling, numbers[random_() % numbers.size()]);
    }
  }

  void call_from(Dialling& dialling, const std::string& number) {
    matrix::Caller::Plan plan;
    plan.leaves = matrix::Caller::Leaves::after_connect;
    plan.after = std::chrono::seconds(5 + random_() % 20);
    plan.says = greeting;
    dialling.instance = "Line" + number.substr(6);
    dialling.before = lines_.of[dialling.instance];
    dialling.met_dialling = dialling.has_spoiler = false;
    dialling.follows = world_.clock.now() - last_ring_[dialling.instance] < ring_gap;
    ++calls_made_;
    dialling.caller->call(number, plan);
  }

  void look_at_callers() {
    for (auto& dialling : callers_) {
      if (dialling.instance.empty()) continue;
      if (spoilers_.contains(supervisor_.owner_of(dialling.instance))) dialling.has_spoiler = true;
      if (dials_while_it_rings(dialling.instance)) dialling.met_dialling = true;
      if (!dialling.caller->over()) continue;
      ++calls_[outcome_of(dialling)];
      dialling.instance.clear();
    }
  }

  bool dials_while_it_rings(const std::string& instance) {
    const auto line = std::ranges::find(office_.lines(), instance, &Line::instance);
    return line->station->subscriber().state() == phonenet::LineState::ringing &&
           line->station->modem().state() == phonenet::ModemState::dialling;
  }

  /// As caller and log tell it together.
  std::string outcome_of(const Dialling& dialling) {
    using End = matrix::Caller::End;
    const auto& before = dialling.before;
    const auto& now = lines_.of[dialling.instance];
    const auto end = dialling.caller->end();
    if (end == End::busy) return "busy";
    if (dialling.caller->was_connected() && now.calls_answered > before.calls_answered) return "by External";
    if (now.calls_handed_over > before.calls_handed_over) return "handed over";
    if (now.calls_refused > before.calls_refused) return "refused";
    if (end != End::not_answered && dialling.has_spoiler) return "by a client's S0=1";
    if (now.calls_tried > before.calls_tried) return "given up by the caller";
    if (dialling.follows && supervisor_.owner_of(dialling.instance).ends_with(" QUIET")) return "refused";
    if (dialling.follows && supervisor_.owner_of(dialling.instance).ends_with(" DESK")) return "handed over";
    if (dialling.met_dialling) return "met a client's dialling";
    complaints_ += fmt::format("a call to {} was not answered ({}), and nothing says why\n{}\n",
                               dialling.instance, end == End::no_carrier ? "no carrier" : "it rang",
                               office_.log().newest() + exchange_said_);
    return "lost";
  }

  void kick() {
    const auto reports = pools_.report();
    const auto& pool = reports[random_() % reports.size()];
    if (!pool.leases.empty() && chance(2)) {
      pools_.kick(pool.leases.front().instance);
    } else if (!pool.waiting.empty()) {
      pools_.kick(pool.waiting.front().id);
    }
  }

  void send() {
    if (letters_.size() == most_letters) return;
    const std::size_t bytes = 200 + random_() % 8000;
    const bool out = chance(2);
    const auto number = letters_.add(bytes, 1);
    const auto priority = chance(4) ? mailqueue::Priority::urgent : mailqueue::Priority::normal;
    (out ? office_ : far_)
        .send(number, {(out ? far_name : lender_name) + "/BOB"}, Letters::text(number, bytes), 24h * 20,
              priority);
  }

  void look_for_owners() {
    std::set<std::string> owned;
    for (const auto& pool : pools_.report()) {
      for (const auto& lease : pool.leases) {
        if (!owned.insert(lease.instance).second) complaints_ += lease.instance + " has two owners\n";
      }
    }
    for (const auto& line : office_.engine().report().lines) {
      ++looks_;
      const bool lent = line.state == engine::LineState::lent;
      if (lent != owned.contains(line.instance))
        complaints_ += fmt::format("{} is {}, but {}\n", line.instance, name_of(line.state),
                                   lent ? "nobody has it" : "somebody has it");
    }
  }

  void see_off() {
    for (const auto& guest : guests_) {
      if (!guest->over()) continue;
      complaints_ += guest->complaint();
      answers_ += guest->answers();
      echoed_ += guest->echoed();
      account(*guest);
      ++left_[guest->was_sent_away() ? "the pool's word" : words_for(guest->plan().leaving)];
    }
    std::erase_if(guests_, [](const auto& guest) { return guest->over(); });
  }

  /// Each client is of one kind.
  void account(const Guest& guest) {
    const auto name = guest.plan().address + " of " + guest.plan().pool;
    const bool served = supervisor_.lent.contains(name);
    const bool refused = lines_.turned_away.contains(name);
    if (served && refused) complaints_ += name + " got a modem, and was refused one\n";
    if (served || refused) return;
    ++gone_while_waiting_;
    if (guest.was_sent_away()) complaints_ += name + " was sent away, and nothing says why\n";
  }

  static std::string words_for(Leaving leaving) {
    switch (leaving) {
      case Leaving::closes:
        return "closing";
      case Leaving::killed:
        return "being killed";
      case Leaving::cable_out:
        return "their cable";
    }
    return {};
  }

  bool is_quiet() const {
    return guests_.empty() && office_.is_idle() && office_.queues_nothing() && far_.is_idle() &&
           far_.queues_nothing() &&
           std::ranges::all_of(callers_, [](const auto& one) { return one.instance.empty(); });
  }

  void come_to_rest() {
    for (int minute = 0; minute < 12 * 60 && !is_quiet() && all_is_well(); ++minute) {
      for (int i = 0; i < 120; ++i) pass();
    }
    for (auto* office : {&office_, &far_}) {
      for (const auto& found : office->collect())
        found.mailbox == "BOB" ? letters_.came(found.text) : letters_.came_back(found.text);
    }
    if (!is_quiet())
      complaints_ += "not all is quiet\n" + office_.lines_text() + far_.lines_text() + office_.log().newest();
    measured_.push_back(resources_of_this_process());
  }

  void answer_one_more(const std::string& number) {
    auto& dialling = callers_.front();
    const auto before = calls_["by External"];
    call_from(dialling, number);
    for (int i = 0; i < 600 && !dialling.instance.empty(); ++i) pass();
    answered_at_the_end_ += static_cast<unsigned>(calls_["by External"] - before);
  }

  std::mt19937 random_;
  const unsigned wanted_;
  external::test::VirtualWorld world_;
  matrix::Telephony phones_;
  SoakOffice office_;
  SoakOffice far_;
  sharing::Pools pools_;
  Supervisor supervisor_;
  Lines lines_;
  std::vector<std::unique_ptr<Echo>> echoes_;
  std::vector<Dialling> callers_;
  std::vector<std::unique_ptr<Guest>> guests_;
  Letters letters_{most_letters};
  std::set<std::string> spoilers_;
  std::map<std::string, TimePoint> last_ring_;
  asio::cancellation_signal end_;
  bool ended_ = false;
  unsigned came_ = 0;
  unsigned calls_made_ = 0;
  unsigned gone_while_waiting_ = 0;
  unsigned answered_at_the_end_ = 0;
  std::uint64_t answers_ = 0;
  std::uint64_t echoed_ = 0;
  std::uint64_t looks_ = 0;
  std::map<std::string, unsigned> left_;   ///< how clients went
  std::map<std::string, unsigned> calls_;  ///< what became of inbound calls
  std::string exchange_said_;              ///< the newest of it
  std::string complaints_;
  std::vector<Resources> measured_;
};

TEST(Lending, ACallGetsTheModemThatItTookFromAClientAlthoughOthersWait) {
  Lending lending(1, 0);
  lending.expect_that_a_call_gets_the_modem_it_took();
}

/// Five runs of different seeds with tests/run --long.
TEST(Lending, AThousandClientsLoseNoModemAndNoCall) {
  const unsigned runs = std::max(1u, test::crashes_wanted() / 200);
  std::string tables;
  for (unsigned seed = test::seed_wanted(); seed < test::seed_wanted() + runs; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Lending lending(seed, test::number_from_environment("EXTERNAL_TEST_CLIENTS", 1000));
    lending.run();
    tables += lending.table(fmt::format("Lending in virtual time: {} modems, seed {}", modems, seed));
    lending.expect_all_well();
  }
  test::publish("lending", tables);
}

}  // namespace
}  // namespace external::soak::lending_test
