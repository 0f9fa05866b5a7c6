/**
 * Names the hint fields of a signature request take: networks and the 24 blockchain kinds, as the official SDK 0.8.21
 * lists them. The emulator only has to know which networks speak Evm and Tron formats; that grouping goes by the names
 * of the networks and is not from the fact sheet.
 */

const evmNetworks: readonly string[] = [
  "ArbitrumOne",
  "ArbitrumGoerli",
  "ArbitrumSepolia",
  "ArcTestnet",
  "AvalancheC",
  "AvalancheCFuji",
  "Adi",
  "AdiTestnet",
  "AdiTestnetAb",
  "Base",
  "BaseGoerli",
  "BaseSepolia",
  "Berachain",
  "BerachainBArtio",
  "BerachainBepolia",
  "BesuTestnet",
  "Bob",
  "BobSepolia",
  "Bsc",
  "BscTestnet",
  "Celo",
  "CeloAlfajores",
  "Codex",
  "CodexSepolia",
  "Ethereum",
  "EthereumClassic",
  "EthereumClassicMordor",
  "EthereumGoerli",
  "EthereumSepolia",
  "EthereumHolesky",
  "EthereumHoodi",
  "FantomOpera",
  "FantomTestnet",
  "FlareC",
  "FlareCCoston2",
  "FlowEvm",
  "FlowEvmTestnet",
  "Ink",
  "InkSepolia",
  "Optimism",
  "OptimismGoerli",
  "OptimismSepolia",
  "Plasma",
  "PlasmaTestnet",
  "Plume",
  "PlumeSepolia",
  "Polygon",
  "PolygonAmoy",
  "PolygonMumbai",
  "Race",
  "RaceSepolia",
  "Sonic",
  "SonicTestnet",
  "Tempo",
  "TempoAndantino",
  "TempoModerato",
  "Tsc",
  "TscTestnet1",
  "Xdc",
  "XdcApothem",
  "XLayer",
  "XLayerSepolia",
];

const tronNetworks: readonly string[] = ["Tron", "TronNile"];

const otherNetworks: readonly string[] = [
  "Algorand",
  "AlgorandTestnet",
  "Aptos",
  "AptosTestnet",
  "Areum",
  "BabylonGenesis",
  "BabylonTestnet5",
  "Bitcoin",
  "BitcoinSignet",
  "BitcoinTestnet3",
  "BitcoinTestnet4",
  "BitcoinCash",
  "BitcoinCashTestnet",
  "Canton",
  "CantonDevnet",
  "CantonTestnet",
  "Cardano",
  "CardanoPreprod",
  "Concordium",
  "ConcordiumTestnet",
  "CosmosHub4",
  "CosmosIcsTestnet",
  "Dogecoin",
  "DogecoinTestnet",
  "Hedera",
  "HederaTestnet",
  "InternetComputer",
  "Ion",
  "IonTestnet",
  "Iota",
  "IotaTestnet",
  "IotaZodianet",
  "Kaspa",
  "KaspaTestnet11",
  "Kusama",
  "KusamaAssetHub",
  "Litecoin",
  "LitecoinTestnet",
  "Near",
  "NearTestnet",
  "Origyn",
  "Paseo",
  "PaseoAssetHub",
  "Polkadot",
  "PolkadotAssetHub",
  "Polymesh",
  "PolymeshTestnet",
  "SeiAtlantic2",
  "SeiPacific1",
  "Solana",
  "SolanaDevnet",
  "Starknet",
  "StarknetSepolia",
  "Stellar",
  "StellarTestnet",
  "Sui",
  "SuiTestnet",
  "Tezos",
  "TezosGhostnet",
  "TezosShadownet",
  "Ton",
  "TonTestnet",
  "Westend",
  "WestendAssetHub",
  "XrpLedger",
  "XrpLedgerTestnet",
];

export const networks: readonly string[] = [...evmNetworks, ...tronNetworks, ...otherNetworks];

export const blockchainKinds: readonly string[] = [
  "Algorand",
  "Aptos",
  "Bitcoin",
  "BitcoinCash",
  "Canton",
  "Cardano",
  "Concordium",
  "Cosmos",
  "Evm",
  "Hedera",
  "Icp",
  "Iota",
  "Kaspa",
  "Near",
  "Polymesh",
  "Solana",
  "Starknet",
  "Stellar",
  "Substrate",
  "Sui",
  "Tezos",
  "Ton",
  "Tron",
  "Xrpl",
];

/** `Evm` and `Tron` by their name, every other hint as `other`, none as `undefined`. */
export type ChainHint = "Evm" | "Tron" | "other" | undefined;

const evm: ReadonlySet<string> = new Set(evmNetworks);
const tron: ReadonlySet<string> = new Set(tronNetworks);

/** What the hint fields of a request say together; `"conflict"` when they name different kinds of chain. */
export function chainHint(network: string | undefined, blockchainKind: string | undefined): ChainHint | "conflict" {
  const byKind = blockchainKind === undefined ? undefined : hintOfKind(blockchainKind);
  const byNetwork = network === undefined ? undefined : hintOfNetwork(network);
  if (byKind !== undefined && byNetwork !== undefined && byKind !== byNetwork) return "conflict";
  return byKind ?? byNetwork;
}

function hintOfKind(blockchainKind: string): "Evm" | "Tron" | "other" {
  return blockchainKind === "Evm" || blockchainKind === "Tron" ? blockchainKind : "other";
}

function hintOfNetwork(network: string): "Evm" | "Tron" | "other" {
  if (evm.has(network)) return "Evm";
  return tron.has(network) ? "Tron" : "other";
}
