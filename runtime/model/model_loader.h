// The weights of a model, part by part: a whole model in memory loads every part once; scoring
// layer by layer (runtime/engine/layer_major.h) loads one, runs it and drops it again.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/model/model.h"

namespace jangwon::runtime {

class WeightLoader {
 public:
  // Holds the files to the table of the config: a tensor that is missing, left over or misshapen is
  // an error that shows both sides. All outlive the loader.
  static Result<std::unique_ptr<WeightLoader>> open(Model& model, const std::string& dir,
                                                    const std::vector<StageOps>& stages);
  ~WeightLoader();

  void load(WeightPart part);
  // Gives back what load() took, and the file's pages behind it.
  void drop(WeightPart part);
  // The system begins to read the part's bytes, beside whatever else is done.
  void prefetch(WeightPart part);
  int64_t stored_bytes(WeightPart part) const;  // in the files

 private:
  class Parts;
  WeightLoader(Model& model, const std::vector<StageOps>& stages);
  std::unique_ptr<Parts> parts_;
};

}  // namespace jangwon::runtime
