import { declareVectorTests } from "./declare-vector-tests.ts";
import { otherFiles } from "./published-vectors.ts";

declareVectorTests(otherFiles, 2092);
