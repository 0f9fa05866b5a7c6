import { declareVectorTests } from "./declare-vector-tests.ts";
import { agreementFiles } from "./published-vectors.ts";

declareVectorTests(agreementFiles, 5287);
