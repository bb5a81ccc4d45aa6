#include "exit.h"

#include <external/config/diagnostic.h>
#include <external/config/values.h>
#include <external/control/client.h>
#include <external/postoffice/address.h>
#include <external/postoffice/maildir.h>
#include <mailqueue/error.h>

#include <cerrno>
#include <filesystem>

namespace external::commands {

namespace {

Exit exit_for(mailqueue::ErrorKind kind) {
  using mailqueue::ErrorKind;
  switch (kind) {
    case ErrorKind::cannot_open:
      return Exit::cannot_create;
    case ErrorKind::read_only:
      return Exit::no_permission;
    case ErrorKind::foreign:
    case ErrorKind::newer:
      return Exit::config;
    case ErrorKind::full:
    case ErrorKind::locked:
    case ErrorKind::gone:
      return Exit::try_later;
    case ErrorKind::corrupt:
    case ErrorKind::damaged:
    case ErrorKind::io:
      return Exit::io;
    case ErrorKind::misuse:
      return Exit::software;
  }
  return Exit::software;
}

}  // namespace

Exit exit_for_errno(int error) {
  switch (error) {
    case EACCES:
    case EPERM:
    case EROFS:
      return Exit::no_permission;
    case ENOSPC:
    case EDQUOT:
      return Exit::try_later;
    case ENOENT:
    case ENOTDIR:
      return Exit::no_input;
    default:
      return Exit::io;
  }
}

Ending ending_of_current_exception() {
  try {
    throw;
  } catch (const Failure& failure) {
    return {failure.exit(), failure.what()};
  } catch (const config::ConfigError& error) {
    return {Exit::config, error.what()};
  } catch (const config::BadValue& error) {
    return {Exit::data, error.what()};
  } catch (const postoffice::BadAddress& error) {
    return {Exit::data, error.what()};
  } catch (const mailqueue::Error& error) {
    return {exit_for(error.kind()), error.what()};
  } catch (const postoffice::DeliveryError& error) {
    return {exit_for_errno(error.error()), error.what()};
  } catch (const control::NotRunning& error) {
    return {Exit::unavailable, std::string(error.what()) + "; start it with: external run"};
  } catch (const control::Refused& error) {
    return {Exit::unavailable, error.what()};
  } catch (const std::filesystem::filesystem_error& error) {
    const auto& path = error.path1();
    return {exit_for_errno(error.code().value()), path.string() + ": " + error.code().message()};
  } catch (const std::system_error& error) {
    return {exit_for_errno(error.code().value()), error.what()};
  } catch (const std::bad_alloc&) {
    return {Exit::try_later, "out of memory; end other programs and try again"};
  } catch (const std::exception& error) {
    return {Exit::software, error.what()};
  }
}

}  // namespace external::commands
