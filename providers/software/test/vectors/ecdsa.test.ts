import { declareVectorTests } from "./declare-vector-tests.ts";
import { ecdsaFiles } from "./published-vectors.ts";

declareVectorTests(ecdsaFiles, 3581);
