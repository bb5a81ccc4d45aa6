#include "client.h"
#include "waiting_list.h"
#include "words.h"

#include <external/base/guard.h>
#include <external/base/networks.h>
#include <external/base/task_group.h>
#include <external/base/text.h>
#include <external/log/entry.h>
#include <external/sharing/pools.h>
#include <external/stream/socket.h>

#include <list>
#include <stdexcept>

#include <netinet/tcp.h>

namespace external::sharing {

using namespace std::chrono_literals;
using asio::ip::tcp;

namespace {

constexpr std::size_t most_clients = 1000;  ///< connected at once, of all pools
constexpr Duration pause_after_failed_accept = 1s;
constexpr Duration patience_for_tls = 30s;
constexpr Duration first_grace = 100ms;  ///< the modem that is asked first is there by then
constexpr Duration grace = 1s;           ///< and one of the others that are free by then
constexpr Duration place_look = 2s;      ///< between looks whether who waits has to be told something new

/// A client whose cable is pulled is gone within half a minute: asked after 10 s without a word, and again
/// after 5, 10 and 15; or when it has not confirmed for 30 s what it was sent.
void watch_for_death(tcp::socket& socket) {
  const auto set = [&](int option, int value) {
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, option, &value, sizeof value);
  };
  error_code ignored;
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  set(TCP_KEEPIDLE, 10);
  set(TCP_KEEPINTVL, 5);
  set(TCP_KEEPCNT, 3);
  set(TCP_USER_TIMEOUT, 30'000);
}

std::string text_of(const tcp::endpoint& end) {
  const auto host = end.address().to_string();
  return (end.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(end.port());
}

/// 192.0.2.7 of 192.0.2.7:4711, ::1 of [::1]:4711
std::string host_of(const std::string& address) {
  const auto host = address.substr(0, address.rfind(':'));
  return host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
}

struct Pool {
  explicit Pool(config::Share its_share)
      : share(std::move(its_share)), allowed(share.allow), first(share.first) {}

  bool has(std::string_view instance) const {
    return std::ranges::any_of(share.instances,
                               [&](const auto& one) { return equal_no_case(one, instance); });
  }

  const config::Share share;
  Networks allowed;
  Networks first;
  std::shared_ptr<asio::ssl::context> tls{};
  WaitingList<Client*> waiting{};
  PoolTally tally{};
};

struct Door {
  Pool& pool;
  Protocol protocol;
  tcp::acceptor acceptor;
};

}  // namespace

class Pools::Impl {
 public:
  Impl(const asio::any_io_executor& executor, Clock& clock, log::Log& log, std::vector<config::Share> shares)
      : executor_(executor), clock_(clock), log_(log), tasks_(executor) {
    for (auto& its_share : shares) {
      Pool& pool = pools_.emplace_back(std::move(its_share));
      const auto& share = pool.share;
      if (!share.certificate.empty()) pool.tls = stream::make_tls_context({share.certificate, share.key});
      for (const auto& at : share.listen) open(pool, Protocol::rfc2217, at);
      for (const auto& at : share.listen_raw) open(pool, Protocol::raw, at);
    }
  }

  void serve(Lines lines) { lines_ = std::move(lines); }

  std::vector<tcp::endpoint> addresses() const {
    std::vector<tcp::endpoint> ends;
    for (const auto& door : doors_) ends.push_back(door.acceptor.local_endpoint());
    return ends;
  }

  std::vector<std::string> places() const {
    std::vector<std::string> places;
    for (const auto& door : doors_) {
      places.push_back(door.pool.share.name + " at " + text_of(door.acceptor.local_endpoint()) +
                       (door.protocol == Protocol::raw ? " without Telnet" : ""));
    }
    return places;
  }

  Task<> run() {
    std::exception_ptr ended;
    for (auto& door : doors_) tasks_.spawn(accept(door));
    tasks_.spawn(tell_places());
    try {
      co_await clock_.wait_until(never);
    } catch (...) {
      ended = std::current_exception();
    }
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_await tasks_.end();
    if (ended) std::rethrow_exception(ended);
  }

  const Client* next(std::string_view instance, bool for_call) const {
    const Client* longest = nullptr;
    for (const auto& pool : pools_) {
      if (pool.waiting.empty() || !pool.has(instance)) continue;
      if (for_call && !pool.share.hand_over_calls) continue;
      const Client* one = pool.waiting.next();
      if (!longest || one->waits_since() < longest->waits_since()) longest = one;
    }
    return longest;
  }

  std::shared_ptr<engine::Borrower> lend(std::string_view instance, bool for_call) {
    const Client* chosen = next(instance, for_call);
    if (!chosen) return nullptr;
    for (auto& pool : pools_) {
      if (pool.waiting.empty() || pool.waiting.next() != chosen) continue;
      Client* const client = pool.waiting.take();
      client->granted(std::string(instance));
      pool.tally.longest_wait = std::max(pool.tally.longest_wait, client->waited());
      auto owner = *std::ranges::find(clients_, client, &std::shared_ptr<Client>::get);
      // However its holder comes to drop it, the lease is over then.
      return {client, [owner = std::move(owner)](engine::Borrower*) { owner->give_back(); }};
    }
    return nullptr;
  }

  std::vector<PoolReport> report() const {
    std::vector<PoolReport> reports;
    for (const auto& pool : pools_) {
      PoolReport report{pool.share.name, pool.share.instances, {}, {}, pool.tally};
      for (const auto& client : clients_) {
        if (client->has_modem() && &client->share() == &pool.share) report.leases.push_back(client->lease());
      }
      for (const Client* client : pool.waiting.in_order()) report.waiting.push_back(client->wait());
      reports.push_back(std::move(report));
    }
    return reports;
  }

  bool kick(std::uint64_t id) {
    const auto found = std::ranges::find(clients_, id, [](const auto& client) { return client->id(); });
    if (found == clients_.end()) return false;
    Client& client = **found;
    if (client.is_leaving()) return false;
    if (client.has_modem()) {
      client.recall(engine::LeaseEnd::kicked);
    } else {
      pool_of(client).waiting.remove(&client);
      turn_away(client, Refusal::kicked, "an administrator ended the wait");
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
    for (auto& pool : pools_) {
      if (pool.share.name == name)
        tasks_.spawn(serve_client(pool, protocol, std::move(stream), std::move(address)));
    }
  }

 private:
  /// A client among the clients, and in the queue of its pool, as long as it is there.
  class Place {
   public:
    Place(Impl& pools, Pool& pool, std::shared_ptr<Client> client)
        : pools_(pools), pool_(pool), client_(std::move(client)) {
      pools_.clients_.push_back(client_);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
      pool_.waiting.remove(client_.get());
      std::erase(pools_.clients_, client_);
    }

   private:
    Impl& pools_;
    Pool& pool_;
    std::shared_ptr<Client> client_;
  };

  void open(Pool& pool, Protocol protocol, const config::HostPort& at) {
    const auto host = at.host.empty() || at.host == "localhost" ? "127.0.0.1" : at.host;
    error_code error;
    const auto address = asio::ip::make_address(host, error);
    tcp::acceptor acceptor(executor_);
    if (!error) {
      const tcp::endpoint end(address, static_cast<std::uint16_t>(std::stoul(at.port)));
      acceptor.open(end.protocol(), error);
      if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
      if (!error) acceptor.bind(end, error);
      if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    }
    if (error) {
      throw std::runtime_error(
          "cannot lend modems of " + pool.share.name + " at " + host + ":" + at.port + ": " +
          error.message() + "; end the other program, or change Listen of [Share " + pool.share.name + "]");
    }
    doors_.push_back({pool, protocol, std::move(acceptor)});
  }

  Task<> accept(Door& door) {
    for (;;) {
      auto [error, socket] = co_await door.acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
      if (error == asio::error::operation_aborted) throw boost::system::system_error(error);
      if (error) {
        // Out of descriptors, most likely: the others will give some back.
        co_await clock_.wait_for(pause_after_failed_accept);
        continue;
      }
      error_code gone;
      const auto from = socket.remote_endpoint(gone);
      if (gone) continue;
      if (!may_come(door.pool, from.address())) {
        refused(door.pool, Refusal::address, text_of(from), "it is not in Allow");
        continue;
      }
      // Beside one task for each door and one for places all are clients, from their first byte.
      if (tasks_.size() > most_clients + doors_.size()) {
        refused(door.pool, Refusal::clients, text_of(from),
                std::to_string(most_clients) + " clients are connected already");
        continue;
      }
      watch_for_death(socket);
      tasks_.spawn(welcome(door, std::move(socket), text_of(from)));
    }
  }

  static bool may_come(const Pool& pool, const asio::ip::address& from) {
    return pool.share.allow.empty() ? from.is_loopback() : pool.allowed.contains(from.to_string());
  }

  Task<> welcome(Door& door, tcp::socket socket, std::string address) {
    auto stream = stream::make_stream(std::move(socket), door.pool.tls);
    if (door.pool.tls) {
      bool secured = false;
      auto start = [&]() -> Task<> { secured = co_await stream->start_tls(); };
      co_await first_of(start(), clock_.wait_for(patience_for_tls));
      if (!secured) co_return;
    }
    co_await serve_client(door.pool, door.protocol, std::move(stream), std::move(address));
  }

  Task<> serve_client(Pool& pool, Protocol protocol, std::unique_ptr<stream::Stream> stream,
                      std::string address) {
    auto client = std::make_shared<Client>(executor_, clock_, pool.share, std::move(stream), protocol,
                                           std::move(address), ++last_id_, events_of(pool));
    const Place place(*this, pool, client);
    co_await first_of(client->run(), admit(pool, *client));
  }

  ClientEvents events_of(Pool& pool) {
    ClientEvents events;
    events.call_refused = [this, &pool](const Client& client) {
      ++pool.tally.calls_refused;
      log_.write(client.instance(), "Call refused: the modem is lent to " + client.name() + ".");
    };
    events.call_handed_over = [this, &pool](const Client& client) {
      ++pool.tally.calls_handed_over;
      log_.write(client.instance(), "Call handed over to " + client.name() + ".");
    };
    events.lease_ended = [this, &pool](const Client& client, engine::LeaseEnd end) {
      auto& tally = pool.tally;
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
    if (!proven && !is_kicked) turn_away(client, Refusal::password, "it did not say the password");
    co_await clock_.wait_until(never);
  }

  Task<> queue(Pool& pool, Client& client) {
    const auto free = free_instances(pool);
    const auto ahead = pool.waiting.size();
    const auto queue_limit = guarded("R19") ? pool.share.queue_limit : 0;
    if (ahead >= free.size() + queue_limit) co_return no_room(pool, client);
    client.enters_queue();
    pool.waiting.add(&client, pool.first.contains(host_of(client.address())));
    if (ahead < free.size()) lines_.wake(free[ahead]);
    // That one may have been taken by a call, for mail, or by a client of another pool.
    co_await first_of(client.wait_for_grant(), clock_.wait_for(first_grace));
    if (client.waits() && ahead < free.size()) wake_free(pool);
    co_await first_of(client.wait_for_grant(), clock_.wait_for(grace));
    if (client.waits() && place_of(pool, client) > pool.share.queue_limit) {
      pool.waiting.remove(&client);
      co_return no_room(pool, client);
    }
    const auto limit = pool.share.wait_limit;
    const TimePoint end = limit ? client.waits_since() + *limit : never;
    co_await first_of(client.wait_for_grant(), clock_.wait_until(end));
    if (!client.waits()) co_return;
    pool.waiting.remove(&client);
    turn_away(client, Refusal::wait, "none has come free in " + config::to_text(*limit));
  }

  std::vector<std::string> free_instances(const Pool& pool) const {
    std::vector<std::string> free;
    std::ranges::copy_if(pool.share.instances, std::back_inserter(free), lines_.is_free);
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
    turn_away(client, Refusal::queue, holders(pool) + waiting_words(pool));
  }

  static std::string waiting_words(const Pool& pool) {
    const auto count = pool.waiting.size();
    if (pool.share.queue_limit == 0) return {};
    return "; " + std::to_string(count) + (count == 1 ? " client waits" : " clients wait") +
           " for one already";
  }

  /// Never ends.
  Task<> tell_places() {
    for (;;) {
      co_await clock_.wait_for(place_look);
      for (auto& pool : pools_) {
        if (!pool.waiting.empty()) tell_places_of(pool);
      }
    }
  }

  void tell_places_of(const Pool& pool) {
    // No modem is to stay free because a call that was due there has been made elsewhere.
    wake_free(pool);
    const auto text = pool.share.name + ": " + holders(pool) + ". You are number ";
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
    for (const auto& instance : pool.share.instances) {
      if (const Client* client = lessee_of(instance)) ids += " " + std::to_string(client->id());
    }
    return ids;
  }

  void turn_away(Client& client, Refusal cause, const std::string& why) {
    client.tell(client.share().name + ": no modem: " + why + ".");
    client.close();
    refused(pool_of(client), cause, client.address(), why);
  }

  void refused(Pool& pool, Refusal cause, const std::string& address, const std::string& why) {
    ++pool.tally.refused[std::string(name_of(cause))];
    log_.write({}, "Lease refused to " + address + " of " + pool.share.name + ": " + why + ".");
  }

  Pool& pool_of(const Client& client) {
    return *std::ranges::find_if(pools_, [&](const Pool& pool) { return &pool.share == &client.share(); });
  }

  Client* lessee_of(std::string_view instance) const {
    const auto found = std::ranges::find_if(clients_, [&](const auto& client) {
      return client->has_modem() && equal_no_case(client->instance(), instance);
    });
    return found == clients_.end() ? nullptr : found->get();
  }

  std::string holders(const Pool& pool) const {
    std::string text;
    for (const auto& instance : pool.share.instances) {
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
  std::list<Pool> pools_;
  std::list<Door> doors_;
  std::vector<std::shared_ptr<Client>> clients_;
  std::uint64_t last_id_ = 0;
  TaskGroup tasks_;
};

std::string_view name_of(Refusal refusal) {
  switch (refusal) {
    case Refusal::address:
      return "address";
    case Refusal::clients:
      return "clients";
    case Refusal::password:
      return "password";
    case Refusal::queue:
      return "queue";
    case Refusal::wait:
      return "wait";
    case Refusal::kicked:
      return "kicked";
  }
  return {};
}

Pools::Pools(const asio::any_io_executor& executor, Clock& clock, log::Log& log,
             std::vector<config::Share> shares)
    : impl_(std::make_shared<Impl>(executor, clock, log, std::move(shares))) {}

Pools::~Pools() = default;

void Pools::serve(Lines lines) {
  impl_->serve(std::move(lines));
}

std::vector<std::string> Pools::places() const {
  return impl_->places();
}

std::vector<tcp::endpoint> Pools::addresses() const {
  return impl_->addresses();
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
