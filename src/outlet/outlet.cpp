#include "outlets.h"

namespace external::outlet {

std::unique_ptr<Outlet> make_outlet(const Way& way, std::string host, Clock& clock) {
  if (const auto* socket = std::get_if<LmtpSocket>(&way))
    return make_mail_host(*socket, std::move(host), clock);
  if (const auto* server = std::get_if<Host>(&way)) return make_mail_host(*server, std::move(host), clock);
  return make_program(std::get<Program>(way), clock);
}

}  // namespace external::outlet
