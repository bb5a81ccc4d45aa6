#pragma once
// What goes wrong with lines, modems, ports and disks, and when it is well again.

#include "soak_office.h"

namespace external::soak {

/// Makes faults by chance, and mends each after a while.
class Faults {
 public:
  Faults(std::vector<SoakOffice*> offices, Clock& clock, std::mt19937& random)
      : offices_(std::move(offices)), clock_(clock), random_(random) {}

  /// One more, somewhere.
  void strike();

  /// What has lasted long enough.
  void mend_due();
  void mend_all();

  const std::map<std::string, unsigned>& counts() const { return counts_; }

 private:
  struct Ailment {
    TimePoint until;
    std::function<void()> mend;
  };

  void ail(Duration least, Duration most, std::function<void()> mend);
  Duration between(Duration least, Duration most);
  void strike_line(Line& line);

  std::vector<SoakOffice*> offices_;
  Clock& clock_;
  std::mt19937& random_;
  std::vector<Ailment> ailments_;
  std::map<std::string, unsigned> counts_;
};

}  // namespace external::soak
