#include "outlets.h"

namespace external::outlet {

std::unique_ptr<Outlet> make_outlet(const config::Way& way, std::string host, Clock& clock) {
  if (const auto* socket = std::get_if<config::LmtpSocket>(&way))
    return make_mail_host(*socket, std::move(host), clock);
  if (const auto* server = std::get_if<config::MailHost>(&way))
    return make_mail_host(*server, std::move(host), clock);
  return make_program(std::get<config::Program>(way), clock);
}

}  // namespace external::outlet
