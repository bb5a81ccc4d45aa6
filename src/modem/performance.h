#pragma once
// One playing of one procedure.

#include "program.h"
#include "receiver.h"
#include "secrets.h"
#include "values.h"

namespace external::modem {

/// What a performance works with; all of it outlives the performance.
struct Stage {
  line::Line& device;
  Clock& clock;
  ScriptEvents& events;
  const PlayerOptions& options;
  Receiver& receiver;
  std::map<std::string, Value>& user_variables;
  Secrets& secrets;
};

class Performance {
 public:
  Performance(const Stage& stage, const Program& program, Procedure procedure, const Variables& variables,
              TimePoint deadline);

  Task<Outcome> run();

 private:
  Task<> perform(const op::Title& title);
  Task<> perform(const op::Display& display);
  Task<> perform(const op::Send& send);
  Task<> perform(const op::Wait& wait);
  Task<> perform(const op::WaitResponse& wait);
  Task<> perform(const op::ClearResponse&);
  Task<> perform(const op::Echo& echo);
  Task<> perform(const op::Dtr& dtr);
  Task<> perform(const op::Baud& baud);
  Task<> perform(const op::Port& port);
  Task<> perform(const op::GetKey&);
  Task<> perform(const op::Add& add);
  Task<> perform(const op::Assign& assign);
  Task<> perform(const op::Jump& jump);
  Task<> perform(const op::JumpUnless& branch);
  Task<> perform(const op::Return& last);

  ResponseRule rule() const;
  Task<> take_owed_answers();
  void listen_to(const std::string& response);
  std::string shown(const Expression& expression) const;
  Value evaluate(const Expression& expression) const;
  Value evaluate(const Term& term) const;
  Value evaluate(SystemVariable variable) const;
  bool line_rings() const;

  void end(Ended how, ReturnCode code, std::string text);
  void returned(std::int64_t number);
  void line_failed(error_code error, const std::string& what);
  void bad_value(const std::string& what);
  ReturnCode failure_code() const;
  std::string place() const;
  std::string subject() const;

  Stage stage_;
  const Program& program_;
  Procedure procedure_;
  const Variables& variables_;
  TimePoint deadline_;
  std::size_t at_;    ///< the instruction being performed
  std::size_t next_;  ///< the one after it
  TimePoint last_loop_{};
  std::string response_;
  int key_ = 0;
  bool echo_ = true;
  std::string command_;   ///< the one sent last, for an AT modem
  std::size_t owed_ = 0;  ///< answers to commands that were sent and not read
  std::string refusal_;   ///< by which the modem said that it does not dial this number for now
  Outcome outcome_;
  bool ended_ = false;
};

}  // namespace external::modem
