import { declareVectorTests } from "./declare-vector-tests.ts";
import { otherSignatureFiles } from "./published-vectors.ts";

declareVectorTests(otherSignatureFiles, 1416);
