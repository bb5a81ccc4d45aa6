#pragma once
// Modems on loan: what an instance needs to know of those who borrow its modem. docs/sharing.md

#include <external/line/line.h>

namespace external::engine {

/// Why a lease ended.
enum class LeaseEnd {
  closed,       ///< by the client, or by its death
  idle,         ///< nothing was said for too long
  limit,        ///< it lasted too long
  kicked,       ///< by an administrator
  urgent_mail,  ///< our own
  call,         ///< someone called, and the client had no call
  stopped,      ///< the instance or the program stops
  line,         ///< the port failed
  withdrawn,    ///< the settings do not lend that modem any more
};

/// "the client has gone", "nothing was said for IdleLimit", ... for logs.
std::string_view words_for(LeaseEnd end);

/// "closed", "idle", ... for programs.
std::string_view name_of(LeaseEnd end);

inline constexpr std::array lease_ends{LeaseEnd::closed,  LeaseEnd::idle,        LeaseEnd::limit,
                                       LeaseEnd::kicked,  LeaseEnd::urgent_mail, LeaseEnd::call,
                                       LeaseEnd::stopped, LeaseEnd::line,        LeaseEnd::withdrawn};

/// One client that wants a modem. Used on the thread of the lines.
class Borrower {
 public:
  virtual ~Borrower() = default;

  /// "192.0.2.7:4711 of OFFICE", for logs and for those who wait.
  virtual std::string name() const = 0;

  virtual TimePoint waits_since() const = 0;

  /// Has the port of the modem until the lease ends; says why it did. Ended by cancellation it counts as
  /// stopped. The client knows of the end on return. `rings`: someone calls, and the client is to answer.
  virtual Task<LeaseEnd> use(line::Line& port, bool rings) = 0;

  /// Whether its pool lets urgent mail of our own end its lease.
  virtual bool yields_to_urgent_mail() const = 0;

  /// Payload of its lease so far, bytes.
  virtual std::uint64_t to_modem() const = 0;
  virtual std::uint64_t from_modem() const = 0;

  /// Lets use() end soon, for that reason; without effect if nothing is lent to it.
  virtual void recall(LeaseEnd why) = 0;
};

/// Who has borrowers waiting. Used on the thread of the lines.
class Lender {
 public:
  virtual ~Lender() = default;

  /// Who gets the modem of `instance` next, without giving it; null: nobody.
  virtual const Borrower* next(std::string_view instance) const = 0;

  /// The same for a modem that rings: who is to answer instead of us; null: nobody.
  virtual const Borrower* next_for_call(std::string_view instance) const = 0;

  /// Gives it to that one, who waits no longer. The lease lasts as long as the caller keeps what it gets.
  /// Null if it has gone meanwhile.
  virtual std::shared_ptr<Borrower> lend(std::string_view instance, bool for_call) = 0;
};

}  // namespace external::engine
