#pragma once
// The beginning of a call: both ends say who they are and prove it, and the log says how that went.

#include "context.h"

#include <external/line/line.h>
#include <external/link/sign_on.h>

namespace external::engine {

/// Whether that is the name of a mailbox here: its owner calls, not a post office.
bool is_person(const config::Settings& settings, const std::string& caller);

/// This end of a sign-on. All references must outlive it.
class SignOn {
 public:
  /// Of one call.
  struct Place {
    line::Line& line;
    link::Link& link;            ///< on that line; it runs
    const std::string& called;   ///< the post office that was dialled; empty: the call came in
    const std::string& connect;  ///< what the modem said
    const std::string& id;       ///< of the call in the logs
  };

  /// `settings` are those that hold for the call, `instance` is its line's.
  SignOn(Context& context, std::shared_ptr<const config::Settings> settings, const config::Instance& instance,
         const Place& place);

  /// Until `deadline`. A caller that hears no error does not know yet whether it is welcome.
  Task<error_code> run(TimePoint deadline);

  /// For a caller, after run() and beside its session: tells how the other end took it. Ends when it is
  /// cancelled.
  Task<> meet();

  /// Who is at the other end; empty until run() has found out.
  const std::string& peer() const { return peer_; }

 private:
  Task<error_code> call(TimePoint deadline);
  Task<error_code> answer(TimePoint deadline);
  link::Terms terms() const;
  Task<std::optional<link::Key>> key_of_caller(std::string name);
  std::string why_refused(const std::string& claimed) const;
  void explain_refusal(error_code error);
  void describe_stranger(error_code error);
  void tell_losses();
  std::string speed_text() const;
  void write(const std::string& text) { context_.log.write_of_call(instance_.name, place_.id, text); }

  Context& context_;
  const std::shared_ptr<const config::Settings> settings_;
  const config::Instance& instance_;
  const Place place_;
  std::string peer_;
  bool known_person_ = false;  ///< the caller says that it is a person, and there is a password for that
};

}  // namespace external::engine
