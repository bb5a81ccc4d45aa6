#include "doors.h"
#include "guests.h"
#include "words.h"

#include <external/base/guard.h>
#include <external/base/task_group.h>
#include <external/log/entry.h>
#include <external/sharing/pools.h>
#include <external/stream/socket.h>

namespace external::sharing {

using namespace std::chrono_literals;

namespace {

constexpr Duration first_grace = 100ms;  ///< the modem that is asked first is there by then
constexpr Duration grace = 1s;           ///< and one of the others that are free by then
constexpr Duration last_words = 1s;      ///< for clients to take them when External stops
constexpr Duration place_look = 2s;      ///< between looks whether who waits has to be told something new

/// 192.0.2.7 of 192.0.2.7:4711, ::1 of [::1]:4711
std::string host_of(const std::string& address) {
  const auto host = address.substr(0, address.rfind(':'));
  return host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
}

/// Whether who comes is shown another certificate than before, which the settings do not tell.
bool is_renewed(const Pool& before, const PoolSettings& now) {
  return before.tls && now.tls && before.share->certificate == now.share->certificate &&
         !stream::same_certificate(*before.tls, *now.tls);
}

}  // namespace

class Pools::Plan {
 public:
  std::vector<PoolSettings> pools;
  Doors::Next doors;
};

class Pools::Impl {
 public:
  Impl(const asio::any_io_executor& executor, Clock& clock, log::Log& log, std::vector<PoolSettings> pools)
      : executor_(executor),
        clock_(clock),
        log_(log),
        doors_(executor, clock, door_events()),
        clients_(executor) {
    Plan plan = prepare(std::move(pools));
    use(plan);
  }

  void serve(Lines lines) { lines_ = std::move(lines); }

  const Doors& doors() const { return doors_; }

  Task<> run() {
    std::exception_ptr ended;
    doors_.run();
    try {
      co_await tell_places();
    } catch (...) {
      ended = std::current_exception();
    }
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    stop();
    co_await doors_.end();
    co_await first_of(clients_.wait(), clock_.wait_until(*stopped_at_ + last_words));
    co_await clients_.end();
    if (ended) std::rethrow_exception(ended);
  }

  void stop() {
    if (stopped_at_) return;
    stopped_at_ = clock_.now();
    doors_.close();
    for (const auto& guest : guests_.all()) {
      if (!guest.client->has_modem()) dismiss(guest);
    }
  }

  Plan prepare(std::vector<PoolSettings> pools) const {
    Plan plan;
    std::vector<DoorPlace> places;
    for (const auto& pool : pools) std::ranges::move(door_places(*pool.share), std::back_inserter(places));
    plan.doors = doors_.prepare(std::move(places));
    plan.pools = std::move(pools);
    return plan;
  }

  std::vector<std::string> use(Plan& plan) {
    if (stopped_at_) return {};
    auto lines = use_settings(plan.pools);
    const auto find_pool = [this](const std::string& name) { return find(name); };
    std::ranges::move(doors_.use(std::move(plan.doors), find_pool), std::back_inserter(lines));
    for (const auto& guest : guests_.all()) {
      if (!guest.client->has_modem()) {
        dismiss(guest);
      } else if (!is_open(guest.pool) || !guest.pool->has(guest.client->instance())) {
        guest.client->recall(engine::LeaseEnd::withdrawn);
      }
    }
    for (const auto& pool : pools_) {
      if (!pool->waiting.empty()) wake_free(*pool);  // there may be more modems now
    }
    return lines;
  }

  const Client* next(std::string_view instance, bool for_call) const {
    const Client* longest = nullptr;
    for (const auto& pool : pools_) {
      if (pool->waiting.empty() || !pool->has(instance)) continue;
      if (for_call && !pool->share->hand_over_calls) continue;
      const Client* one = pool->waiting.next();
      if (!longest || one->waits_since() < longest->waits_since()) longest = one;
    }
    return longest;
  }

  std::shared_ptr<engine::Borrower> lend(std::string_view instance, bool for_call) {
    const Client* chosen = next(instance, for_call);
    if (!chosen) return nullptr;
    for (const auto& pool : pools_) {
      if (pool->waiting.empty() || pool->waiting.next() != chosen) continue;
      Client* const client = pool->waiting.take();
      client->granted(std::string(instance), pool->share);
      pool->tally.longest_wait = std::max(pool->tally.longest_wait, client->waited());
      auto owner = guests_.find(client->id())->client;
      // However its holder comes to drop it, the lease is over then.
      return {client, [owner = std::move(owner)](engine::Borrower*) { owner->give_back(); }};
    }
    return nullptr;
  }

  std::vector<PoolReport> report() const {
    std::vector<PoolReport> reports;
    for (const auto& pool : pools_) {
      PoolReport report{pool->name(), pool->share->instances, {}, {}, pool->tally};
      for (const auto& [client, its_pool] : guests_.all()) {
        if (client->has_modem() && its_pool == pool) report.leases.push_back(client->lease());
      }
      for (const Client* client : pool->waiting.in_order()) report.waiting.push_back(client->wait());
      reports.push_back(std::move(report));
    }
    return reports;
  }

  bool kick(std::uint64_t id) {
    const Guest* guest = guests_.find(id);
    if (!guest || guest->client->is_leaving()) return false;
    if (guest->client->has_modem()) {
      guest->client->recall(engine::LeaseEnd::kicked);
    } else {
      turn_away(*guest->pool, *guest->client, Refusal::kicked, "an administrator ended the wait");
    }
    return true;
  }

  bool kick(std::string_view instance) {
    const Guest* guest = guests_.lessee_of(instance);
    if (guest) guest->client->recall(engine::LeaseEnd::kicked);
    return guest != nullptr;
  }

  void welcome(std::string_view name, Protocol protocol, std::unique_ptr<stream::Stream> stream,
               std::string address) {
    if (auto pool = find(name))
      clients_.spawn(serve_client({std::move(pool), protocol, std::move(stream), std::move(address)}));
  }

 private:
  DoorEvents door_events() {
    DoorEvents events;
    events.is_full = [this] { return clients_.size() >= Doors::most_clients; };
    events.enter = [this](Visitor visitor) { clients_.spawn(welcome(std::move(visitor))); };
    events.refused = [this](Pool& pool, Refusal cause, const std::string& address, const std::string& why) {
      refused(pool, cause, address, why);
    };
    return events;
  }

  std::shared_ptr<Pool> find(std::string_view name) const {
    const auto found = std::ranges::find(pools_, name, &Pool::name);
    return found == pools_.end() ? nullptr : *found;
  }

  /// Not once it was taken out of the settings, nor when External stops.
  bool is_open(const std::shared_ptr<Pool>& pool) const {
    return !stopped_at_ && std::ranges::find(pools_, pool) != pools_.end();
  }

  std::vector<std::string> use_settings(std::vector<PoolSettings>& wanted) {
    std::vector<std::string> lines;
    std::vector<std::shared_ptr<Pool>> pools;
    for (auto& settings : wanted) {
      auto pool = find(settings.share->name);
      if (pool && is_renewed(*pool, settings))
        lines.push_back("Share " + pool->name() + ": the certificate was renewed; holds from now on.");
      if (pool) {
        pool->use(std::move(settings));
      } else {
        pool = std::make_shared<Pool>(std::move(settings));
      }
      pools.push_back(std::move(pool));
    }
    pools_ = std::move(pools);
    return lines;
  }

  Task<> welcome(Visitor visitor) {
    if (visitor.stream->offers_tls()) {
      const bool secured = co_await start_tls(*visitor.stream, clock_);
      if (!secured) co_return;
    }
    co_await serve_client(std::move(visitor));
  }

  Task<> serve_client(Visitor visitor) {
    auto pool = std::move(visitor.pool);
    auto client =
        std::make_shared<Client>(executor_, clock_, pool->share, std::move(visitor.stream), visitor.protocol,
                                 std::move(visitor.address), ++last_id_, events_of(pool));
    const Guest guest{client, pool};
    const Guests::Place place(guests_, guest);
    dismiss(guest);
    co_await first_of(client->run(), admit(*pool, *client));
  }

  ClientEvents events_of(const std::shared_ptr<Pool>& pool) {
    ClientEvents events;
    events.call_refused = [this, pool](const Client& client) {
      ++pool->tally.calls_refused;
      log_.write(client.instance(), "Call refused: the modem is lent to " + client.name() + ".");
    };
    events.call_handed_over = [this, pool](const Client& client) {
      ++pool->tally.calls_handed_over;
      log_.write(client.instance(), "Call handed over to " + client.name() + ".");
    };
    events.lease_ended = [this, pool](const Client& client, engine::LeaseEnd end) {
      auto& tally = pool->tally;
      ++tally.ended[std::string(engine::name_of(end))];
      tally.to_modem += client.to_modem();
      tally.from_modem += client.from_modem();
      tally.lent += clock_.now() - client.granted_at();
    };
    return events;
  }

  /// Never returns: the connection ends when all that was told has been taken.
  Task<> admit(Pool& pool, Client& client) {
    bool proven = false;
    if (!client.is_leaving()) proven = co_await client.prove_itself();
    const bool is_leaving = client.is_leaving();  // it was sent away meanwhile
    if (proven && !is_leaving) co_await queue(pool, client);
    if (!proven && !is_leaving) turn_away(pool, client, Refusal::password, "it did not say the password");
    co_await clock_.wait_until(never);
  }

  Task<> queue(Pool& pool, Client& client) {
    const auto free = free_instances(pool);
    const auto ahead = pool.waiting.size();
    const auto queue_limit = guarded("R19") ? pool.share->queue_limit : 0;
    if (ahead >= free.size() + queue_limit) co_return no_room(pool, client);
    client.enters_queue();
    pool.waiting.add(&client, pool.first.contains(host_of(client.address())));
    if (ahead < free.size()) lines_.wake(free[ahead]);
    // That one may have been taken by a call, for mail, or by a client of another pool.
    co_await first_of(client.wait_for_grant(), clock_.wait_for(first_grace));
    if (client.waits() && ahead < free.size()) wake_free(pool);
    co_await first_of(client.wait_for_grant(), clock_.wait_for(grace));
    if (client.waits() && place_of(pool, client) > pool.share->queue_limit) {
      pool.waiting.remove(&client);  // who is refused is none of those who wait
      co_return no_room(pool, client);
    }
    const auto limit = pool.share->wait_limit;
    const TimePoint end = limit ? client.waits_since() + *limit : never;
    co_await first_of(client.wait_for_grant(), clock_.wait_until(end));
    if (!client.waits()) co_return;
    turn_away(pool, client, Refusal::wait, "none has come free in " + config::to_text(*limit));
  }

  std::vector<std::string> free_instances(const Pool& pool) const {
    std::vector<std::string> free;
    std::ranges::copy_if(pool.share->instances, std::back_inserter(free), lines_.is_free);
    return free;
  }

  void wake_free(const Pool& pool) {
    for (const auto& instance : free_instances(pool)) lines_.wake(instance);
  }

  static std::size_t place_of(const Pool& pool, Client& client) {
    const auto order = pool.waiting.in_order();
    return static_cast<std::size_t>(std::ranges::find(order, &client) - order.begin()) + 1;
  }

  void no_room(Pool& pool, Client& client) {
    turn_away(pool, client, Refusal::queue, holders(pool) + waiting_words(pool));
  }

  static std::string waiting_words(const Pool& pool) {
    const auto count = pool.waiting.size();
    if (pool.share->queue_limit == 0) return {};
    return "; " + std::to_string(count) + (count == 1 ? " client waits" : " clients wait") +
           " for one already";
  }

  /// Never ends.
  Task<> tell_places() {
    for (;;) {
      co_await clock_.wait_for(place_look);
      for (const auto& pool : pools_) {
        if (!pool->waiting.empty()) tell_places_of(*pool);
      }
    }
  }

  void tell_places_of(const Pool& pool) {
    // No modem is to stay free because a call that was due there has been made elsewhere.
    wake_free(pool);
    const auto text = pool.name() + ": " + holders(pool) + ". You are number ";
    const auto lessees = lessees_of(pool);
    std::size_t place = 0;
    for (Client* client : pool.waiting.in_order()) {
      const auto number = std::to_string(++place);
      client->tell_place(number + lessees, text + number + " in the queue.");
    }
  }

  /// What is of interest to those who wait: that a modem is just being hung up is not.
  std::string lessees_of(const Pool& pool) const {
    std::string ids;
    for (const auto& instance : pool.share->instances) {
      if (const Guest* guest = guests_.lessee_of(instance)) ids += " " + std::to_string(guest->client->id());
    }
    return ids;
  }

  /// Who has no modem, if it will get none.
  void dismiss(const Guest& guest) {
    if (guest.client->is_leaving() || is_open(guest.pool)) return;
    turn_away(*guest.pool, *guest.client, Refusal::stopped,
              stopped_at_ ? "External is stopping" : "the pool was taken out of the settings");
  }

  void turn_away(Pool& pool, Client& client, Refusal cause, const std::string& why) {
    pool.waiting.remove(&client);
    client.tell(pool.name() + ": no modem: " + why + ".");
    client.close();
    refused(pool, cause, client.address(), why);
  }

  void refused(Pool& pool, Refusal cause, const std::string& address, const std::string& why) {
    ++pool.tally.refused[std::string(name_of(cause))];
    log_.write({}, "Lease refused to " + address + " of " + pool.name() + ": " + why + ".");
  }

  std::string holders(const Pool& pool) const {
    std::string text;
    for (const auto& instance : pool.share->instances) {
      text += text.empty() ? "all modems are in use: " : ", ";
      text += instance + " " + holder(instance);
    }
    return text.empty() ? "it has no modem now" : text;
  }

  std::string holder(const std::string& instance) const {
    const Guest* guest = guests_.lessee_of(instance);
    if (!guest) return lines_.activity(instance);
    return "by " + guest->client->address() + " since " + log::format_time(guest->client->lease().since);
  }

  asio::any_io_executor executor_;
  Clock& clock_;
  log::Log& log_;
  Lines lines_;
  std::vector<std::shared_ptr<Pool>> pools_;
  Doors doors_;
  Guests guests_;
  std::uint64_t last_id_ = 0;
  std::optional<TimePoint> stopped_at_;
  TaskGroup clients_;  ///< a task for each, from its first byte
};

Pools::Pools(const asio::any_io_executor& executor, Clock& clock, log::Log& log,
             const std::vector<config::Share>& shares)
    : impl_(std::make_shared<Impl>(executor, clock, log, read_pools(shares))) {}

Pools::~Pools() = default;

void Pools::serve(Lines lines) {
  impl_->serve(std::move(lines));
}

std::vector<std::string> Pools::places() const {
  return impl_->doors().places();
}

std::vector<asio::ip::tcp::endpoint> Pools::addresses() const {
  return impl_->doors().addresses();
}

Task<> Pools::run() {
  return impl_->run();
}

std::shared_ptr<Pools::Plan> Pools::prepare(std::vector<PoolSettings> pools) const {
  return std::make_shared<Plan>(impl_->prepare(std::move(pools)));
}

std::vector<std::string> Pools::use(Plan& plan) {
  return impl_->use(plan);
}

void Pools::stop() {
  impl_->stop();
}

void Pools::welcome(std::string_view pool, Protocol protocol, std::unique_ptr<stream::Stream> stream,
                    std::string address) {
  impl_->welcome(pool, protocol, std::move(stream), std::move(address));
}

const engine::Borrower* Pools::next(std::string_view instance) const {
  return impl_->next(instance, false);
}

const engine::Borrower* Pools::next_for_call(std::string_view instance) const {
  return impl_->next(instance, true);
}

std::shared_ptr<engine::Borrower> Pools::lend(std::string_view instance, bool for_call) {
  return impl_->lend(instance, for_call);
}

std::vector<PoolReport> Pools::report() const {
  return impl_->report();
}

bool Pools::kick(std::uint64_t id) {
  return impl_->kick(id);
}

bool Pools::kick(std::string_view instance) {
  return impl_->kick(instance);
}

}  // namespace external::sharing
