#pragma once
// A client of a pool in virtual time: it borrows a modem, uses it in its own way, and goes in its own way.

#include "piped_stream.h"

#include <external/sharing/pools.h>

#include <random>

namespace external::soak {

enum class Errand {
  commands,  ///< AT commands, each with its answer
  dials,     ///< dials a modem that sends back what it hears
  sleeps,    ///< says nothing more once it has the modem; a call that is handed over it answers
  stays,     ///< says something now and then, for ever
  spoils,    ///< leaves the modem with settings that nobody else wants
};

enum class Leaving {
  closes,
  killed,     ///< the same in the midst of something: its system closes the connection
  cable_out,  ///< nothing passes any more; the connection breaks when keep-alive has found out
};

struct GuestPlan {
  std::string pool;
  sharing::Protocol protocol = sharing::Protocol::raw;
  std::string address;
  Errand errand = Errand::commands;
  Leaving leaving = Leaving::closes;
  Duration patience{};  ///< then it goes, whatever it is doing
  std::string number;   ///< to dial
  unsigned seed = 0;
};

/// What keep-alive needs to find out that a cable is out.
inline constexpr Duration until_known_dead = std::chrono::seconds(30);

/// What a caller says to whom its call is handed over.
inline constexpr std::string_view greeting = "hello, whoever is there.";

class Guest {
 public:
  /// `clock` outlives it; it must be over() before it goes.
  Guest(const asio::any_io_executor& executor, Clock& clock, GuestPlan plan);

  /// Comes to its pool.
  void enter(sharing::Pools& pools);

  /// It has gone, and its connection has.
  bool over() const { return over_; }
  const GuestPlan& plan() const { return plan_; }

  /// The pool ended it; else it has gone by itself.
  bool was_sent_away() const { return at_end_; }
  const std::string& heard() const { return heard_; }

  unsigned answers() const { return answers_; }     ///< of its modem, to commands
  std::uint64_t echoed() const { return echoed_; }  ///< bytes that came back
  bool answered_call() const { return answered_call_; }
  /// What must not happen; empty.
  const std::string& complaint() const { return complaint_; }

 private:
  Task<> live();
  Task<> act();
  Task<> run_errand();
  Task<> give_commands();
  Task<> dial();
  Task<> talk();
  Task<> hang_up();
  Task<> sleep();
  Task<> stay();
  Task<> answer();
  Task<bool> command(std::string_view text);
  Task<bool> hear(std::string_view words);
  Task<> read_some();
  void take(std::string_view bytes);
  void say(std::string_view text);
  void compare(const std::string& wanted);
  Duration between(unsigned least, unsigned most);

  Clock& clock_;
  const GuestPlan plan_;
  asio::any_io_executor executor_;
  std::mt19937 random_;
  test::PipedStream connection_;
  std::string heard_;
  std::string telnet_;    ///< a command that has begun
  std::size_t seen_ = 0;  ///< of what was heard
  bool at_end_ = false;
  bool over_ = false;
  bool answered_call_ = false;
  unsigned answers_ = 0;
  std::uint64_t echoed_ = 0;
  std::string complaint_;
};

}  // namespace external::soak
