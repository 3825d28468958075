// expect: private
#include "locket/locket.hpp"

locket::Grant forge(const locket::Guid& imodel_id) { return locket::Grant(imodel_id, locket::Decision{}); }
