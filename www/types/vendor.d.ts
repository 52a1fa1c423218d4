// What the copied packages give, as far as it is used here.
declare module '*/vendor/preact.js' {
	export function html(strings: TemplateStringsArray, ...values: any[]): any;
	export function render(tree: any, parent: Element): void;
	export function createContext<T>(value: T): { Provider: any; Consumer: any; _value?: T };
	export function useState<T>(initial: T | (() => T)): [T, (next: T | ((old: T) => T)) => void];
	export function useEffect(effect: () => void | (() => void), deps?: any[]): void;
	export function useErrorBoundary(caught?: (error: any) => void): [any, () => void];
	export function useLayoutEffect(effect: () => void | (() => void), deps?: any[]): void;
	export function useMemo<T>(make: () => T, deps: any[]): T;
	export function useCallback<T extends (...a: any[]) => any>(f: T, deps: any[]): T;
	export function useRef<T>(initial: T): { current: T };
	export function useContext<T>(context: { _value?: T }): T;
}
declare module '*/vendor/uplot.js' {
	export const uPlot: any;
}
