#include "client.h"
#include "doors.h"
#include "pool.h"
#include "words.h"

#include <external/base/guard.h>
#include <external/base/task_group.h>
#include <external/base/text.h>
#include <external/log/entry.h>
#include <external/sharing/pools.h>
#include <external/stream/socket.h>

namespace external::sharing {

using namespace std::chrono_literals;

namespace {

constexpr Duration first_grace = 100ms;  ///< the modem that is asked first is there by then
constexpr Duration grace = 1s;           ///< and one of the others that are free by then
constexpr Duration place_look = 2s;      ///< between looks whether who waits has to be told something new

/// 192.0.2.7 of 192.0.2.7:4711, ::1 of [::1]:4711
std::string host_of(const std::string& address) {
  const auto host = address.substr(0, address.rfind(':'));
  return host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
}

}  // namespace

class Pools::Impl {
 public:
  Impl(const asio::any_io_executor& executor, Clock& clock, log::Log& log, std::vector<PoolSettings> pools)
      : executor_(executor),
        clock_(clock),
        log_(log),
        doors_(executor, clock, door_events()),
        tasks_(executor) {
    std::vector<DoorPlace> places;
    for (auto& one : pools) {
      std::ranges::move(door_places(*one.share), std::back_inserter(places));
      pools_.push_back(std::make_shared<Pool>(std::move(one)));
    }
    doors_.use(doors_.prepare(std::move(places)), [this](const auto& name) { return find(name); });
  }

  void serve(Lines lines) { lines_ = std::move(lines); }

  const Doors& doors() const { return doors_; }

  Task<> run() {
    std::exception_ptr ended;
    doors_.run();
    tasks_.spawn(tell_places());
    try {
      co_await clock_.wait_until(never);
    } catch (...) {
      ended = std::current_exception();
    }
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    doors_.close();
    co_await doors_.end();
    co_await tasks_.end();
    if (ended) std::rethrow_exception(ended);
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
      auto owner = guest_of(*client)->client;
      // However its holder comes to drop it, the lease is over then.
      return {client, [owner = std::move(owner)](engine::Borrower*) { owner->give_back(); }};
    }
    return nullptr;
  }

  std::vector<PoolReport> report() const {
    std::vector<PoolReport> reports;
    for (const auto& pool : pools_) {
      PoolReport report{pool->name(), pool->share->instances, {}, {}, pool->tally};
      for (const auto& [client, its_pool] : guests_) {
        if (client->has_modem() && its_pool == pool) report.leases.push_back(client->lease());
      }
      for (const Client* client : pool->waiting.in_order()) report.waiting.push_back(client->wait());
      reports.push_back(std::move(report));
    }
    return reports;
  }

  bool kick(std::uint64_t id) {
    const auto found =
        std::ranges::find_if(guests_, [id](const Guest& guest) { return guest.client->id() == id; });
    if (found == guests_.end()) return false;
    Client& client = *found->client;
    if (client.is_leaving()) return false;
    if (client.has_modem()) {
      client.recall(engine::LeaseEnd::kicked);
    } else {
      turn_away(*found->pool, client, Refusal::kicked, "an administrator ended the wait");
    }
    return true;
  }

  bool kick(std::string_view instance) {
    Client* const client = lessee_of(instance);
    if (client) client->recall(engine::LeaseEnd::kicked);
    return client != nullptr;
  }

  void welcome(std::string_view name, Protocol protocol, std::unique_ptr<stream::Stream> stream,
               std::string address) {
    for (const auto& pool : pools_) {
      if (pool->name() == name)
        tasks_.spawn(serve_client({pool, protocol, std::move(stream), std::move(address)}));
    }
  }

 private:
  struct Guest {
    std::shared_ptr<Client> client;
    std::shared_ptr<Pool> pool;
  };

  /// A client among the guests, and in the queue of its pool, as long as it is there.
  class Place {
   public:
    Place(Impl& pools, const Guest& guest) : pools_(pools), guest_(guest) {
      pools_.guests_.push_back(guest_);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
      guest_.pool->waiting.remove(guest_.client.get());
      std::erase_if(pools_.guests_, [this](const Guest& one) { return one.client == guest_.client; });
    }

   private:
    Impl& pools_;
    Guest guest_;
  };

  DoorEvents door_events() {
    DoorEvents events;
    // Beside the one that tells places all tasks are clients, from their first byte.
    events.is_full = [this] { return tasks_.size() > Doors::most_clients; };
    events.enter = [this](Visitor visitor) { tasks_.spawn(welcome(std::move(visitor))); };
    events.refused = [this](Pool& pool, Refusal cause, const std::string& address, const std::string& why) {
      refused(pool, cause, address, why);
    };
    return events;
  }

  std::shared_ptr<Pool> find(std::string_view name) const {
    const auto found = std::ranges::find(pools_, name, &Pool::name);
    return found == pools_.end() ? nullptr : *found;
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
    const Place place(*this, guest);
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
    const bool proven = co_await client.prove_itself();
    const bool is_kicked = client.is_leaving();
    if (proven && !is_kicked) co_await queue(pool, client);
    if (!proven && !is_kicked) turn_away(pool, client, Refusal::password, "it did not say the password");
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
      if (const Client* client = lessee_of(instance)) ids += " " + std::to_string(client->id());
    }
    return ids;
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

  std::vector<Guest>::const_iterator guest_of(const Client& client) const {
    return std::ranges::find_if(guests_, [&](const Guest& guest) { return guest.client.get() == &client; });
  }

  Client* lessee_of(std::string_view instance) const {
    const auto found = std::ranges::find_if(guests_, [&](const Guest& guest) {
      return guest.client->has_modem() && equal_no_case(guest.client->instance(), instance);
    });
    return found == guests_.end() ? nullptr : found->client.get();
  }

  std::string holders(const Pool& pool) const {
    std::string text;
    for (const auto& instance : pool.share->instances) {
      text += text.empty() ? "all modems are in use: " : ", ";
      const Client* client = lessee_of(instance);
      text += instance + " " +
              (client ? "by " + client->address() + " since " + log::format_time(client->lease().since)
                      : lines_.activity(instance));
    }
    return text;
  }

  asio::any_io_executor executor_;
  Clock& clock_;
  log::Log& log_;
  Lines lines_;
  std::vector<std::shared_ptr<Pool>> pools_;
  Doors doors_;
  std::vector<Guest> guests_;
  std::uint64_t last_id_ = 0;
  TaskGroup tasks_;
};

std::vector<PoolSettings> read_pools(const std::vector<config::Share>& shares) {
  std::vector<PoolSettings> pools;
  std::string troubles;
  for (const auto& share : shares) {
    PoolSettings pool{std::make_shared<const config::Share>(share), nullptr};
    try {
      if (!share.certificate.empty()) pool.tls = stream::make_tls_context({share.certificate, share.key});
    } catch (const std::runtime_error& error) {
      troubles += (troubles.empty() ? "[Share " : "\n[Share ") + share.name + "]: " + error.what();
    }
    pools.push_back(std::move(pool));
  }
  if (!troubles.empty()) throw std::runtime_error(troubles);
  return pools;
}

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
