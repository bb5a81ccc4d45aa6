#pragma once
// The pools of a post office: who may borrow which modem, who waits, who has one. docs/sharing.md

#include <external/config/settings.h>
#include <external/engine/lender.h>
#include <external/log/log.h>
#include <external/sharing/report.h>

namespace external::sharing {

/// What pools have to know of lines, and to tell them.
struct Lines {
  /// Somebody waits for the modem of this instance.
  std::function<void(const std::string& instance)> wake;

  /// Whether its modem is free for whoever asks first.
  std::function<bool(const std::string& instance)> is_free;

  /// "Modem1 by 192.0.2.7 since 10:31", or what else its line does; for those who wait.
  std::function<std::string(const std::string& instance)> holder;
};

/// All pools, their doors and their clients. Used on the thread of `executor`. What it is given by reference
/// must outlive it, and it must outlive run().
class Pools final : public engine::Lender {
 public:
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

  /// Lets clients in until it is cancelled; all of them are gone on return.
  Task<> run();

  const engine::Borrower* next(std::string_view instance) const override;
  const engine::Borrower* next_for_call(std::string_view instance) const override;
  std::shared_ptr<engine::Borrower> lend(std::string_view instance) override;

  /// Those who have modems first, then those who wait, in order.
  std::vector<ClientReport> clients() const;

  /// Ends the lease or the wait of a client; false if there is no such client.
  bool kick(std::uint64_t id);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace external::sharing
