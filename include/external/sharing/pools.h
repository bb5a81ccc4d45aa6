#pragma once
// The pools of a post office: who may borrow which modem, who waits, who has one. docs/sharing.md

#include <external/config/settings.h>
#include <external/engine/lender.h>
#include <external/log/log.h>
#include <external/sharing/report.h>
#include <external/stream/stream.h>

namespace boost::asio::ssl {
class context;
}

namespace external::sharing {

enum class Protocol { rfc2217, raw };

/// Why a client did not get a modem.
enum class Refusal {
  address,   ///< not in Allow
  clients,   ///< too many are connected already
  password,  ///< not said
  queue,     ///< no modem was free, and QueueLimit clients wait already
  wait,      ///< none has come free in WaitLimit
  kicked,    ///< by an administrator
  stopped,   ///< External stops, or the pool is none any more
};

/// For programs.
std::string_view name_of(Refusal refusal);

inline constexpr std::array refusals{Refusal::address, Refusal::clients, Refusal::password, Refusal::queue,
                                     Refusal::wait,    Refusal::kicked,  Refusal::stopped};

/// One pool as the settings have it, with what they name.
struct PoolSettings {
  std::shared_ptr<const config::Share> share;
  std::shared_ptr<asio::ssl::context> tls;  ///< null: without TLS
};

/// Reads the certificates, which blocks; on any thread. Throws std::runtime_error with a line for the
/// administrator for each that is none.
std::vector<PoolSettings> read_pools(const std::vector<config::Share>& shares);

/// What pools have to know of lines, and to tell them.
struct Lines {
  /// Somebody waits for the modem of this instance.
  std::function<void(const std::string& instance)> wake;

  /// Whether its modem is free for whoever asks first.
  std::function<bool(const std::string& instance)> is_free;

  /// "is answering", or what else its line does while no client has it; for those who wait.
  std::function<std::string(const std::string& instance)> activity;
};

/// All pools, their doors and their clients. Used on the thread of `executor`. What it is given by reference
/// must outlive it, and it must outlive run().
class Pools final : public engine::Lender {
 public:
  /// Pools as they are to be, with all done already that can go wrong. Whoever lets it go unused has changed
  /// nothing.
  class Plan;

  /// Opens the doors. Throws std::runtime_error with a line for the administrator: an address that is taken,
  /// a certificate that is none.
  Pools(const asio::any_io_executor& executor, Clock& clock, log::Log& log,
        const std::vector<config::Share>& shares);
  ~Pools() override;
  Pools(const Pools&) = delete;
  Pools& operator=(const Pools&) = delete;

  /// Must be called before run().
  void serve(Lines lines);

  /// Where clients find the pools, "OFFICE at 127.0.0.1:7000".
  std::vector<std::string> places() const;
  std::vector<asio::ip::tcp::endpoint> addresses() const;

  /// Lets clients in until it is cancelled. On return the doors are closed and all clients gone, who are told
  /// as by stop(); one that does not take its last words holds this up until 1 s after the stop. Once.
  Task<> run();

  /// Opens the doors that are new. Throws std::runtime_error with a line for each that cannot be opened. One
  /// that a door of ours is in the way of (the same port at all addresses) waits for use().
  std::shared_ptr<Plan> prepare(std::vector<PoolSettings> pools) const;

  /// These are the pools from now on. Who waits, and who has a modem, keeps that as long as its pool is one
  /// of them, and lends that modem; the others are told, and leases end with LeaseEnd::withdrawn. New limits
  /// of leases hold for those that begin from now on, all else for who comes from now on. Returns what else
  /// the administrator is to know: a certificate was renewed; a door that prepare() left could not be opened,
  /// and the one in its way stays. Once for each plan; without effect after stop().
  std::vector<std::string> use(Plan& plan);

  /// No client comes any more; those without a modem are told that External is stopping, and disconnected.
  /// Those with one hear of it from their lines.
  void stop();

  /// Lets a client in that came by no door of a pool, to the pool of that name; its address is what logs
  /// call it. It is gone when run() ends.
  void welcome(std::string_view pool, Protocol protocol, std::unique_ptr<stream::Stream> stream,
               std::string address);

  const engine::Borrower* next(std::string_view instance) const override;
  const engine::Borrower* next_for_call(std::string_view instance) const override;
  std::shared_ptr<engine::Borrower> lend(std::string_view instance, bool for_call) override;

  std::vector<PoolReport> report() const;

  /// Ends the lease or the wait of a client; false if there is no such client.
  bool kick(std::uint64_t id);

  /// Ends the lease of the modem of `instance` (any case); false if there is none.
  bool kick(std::string_view instance);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace external::sharing
