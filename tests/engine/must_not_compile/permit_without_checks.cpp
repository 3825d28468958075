// expect: private
#include "locket/locket.hpp"

locket::UploadPermit forge(const locket::Admission& admission) {
  return locket::UploadPermit(admission, {}, locket::MediaType::png, {}, {});
}
