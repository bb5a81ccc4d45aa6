#pragma once
// What became of recipients here: for the logs, and counted.

#include <external/engine/report.h>
#include <external/log/log.h>
#include <external/log/mail_logs.h>
#include <external/postoffice/delivery.h>

namespace external::engine {

/// One thread, that of the engine.
class Outcomes {
 public:
  /// Both logs must outlive it.
  Outcomes(log::Log& log, log::MailLogs& mail_logs) : log_(log), mail_logs_(mail_logs) {}

  void tell(const postoffice::DeliveryEvent& event);

  /// Of all events so far.
  const OutcomeTotals& totals() const { return totals_; }

 private:
  void count(postoffice::DeliveryEvent::Kind kind);

  log::Log& log_;
  log::MailLogs& mail_logs_;
  OutcomeTotals totals_;
};

}  // namespace external::engine
