// expect: cannot convert|no viable conversion
#include "locket/locket.hpp"

auto swap(locket::Store& store, const locket::ManageGrant& grant, const locket::Location& location) {
  return store.read(grant, location);
}
