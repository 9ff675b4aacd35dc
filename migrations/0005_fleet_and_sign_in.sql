CREATE TABLE "console_grants" (
	"hash" "bytea" NOT NULL,
	"community_id" bigint NOT NULL,
	"administrator" boolean NOT NULL,
	CONSTRAINT "console_grants_hash_community_id_pk" PRIMARY KEY("hash","community_id")
);
--> statement-breakpoint
CREATE TABLE "console_sessions" (
	"hash" "bytea" PRIMARY KEY NOT NULL,
	"operator" boolean NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "lease_holders" (
	"id" uuid PRIMARY KEY NOT NULL,
	"pool" text NOT NULL,
	"beat" bigint DEFAULT 0 NOT NULL,
	"host" text,
	"process" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "leases" (
	"pool" text NOT NULL,
	"slot" integer NOT NULL,
	"holder" uuid,
	CONSTRAINT "leases_pool_slot_pk" PRIMARY KEY("pool","slot")
);
--> statement-breakpoint
ALTER TABLE "console_grants" ADD CONSTRAINT "console_grants_hash_console_sessions_hash_fk" FOREIGN KEY ("hash") REFERENCES "public"."console_sessions"("hash") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "console_grants" ADD CONSTRAINT "console_grants_community_id_communities_id_fk" FOREIGN KEY ("community_id") REFERENCES "public"."communities"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "leases" ADD CONSTRAINT "leases_holder_lease_holders_id_fk" FOREIGN KEY ("holder") REFERENCES "public"."lease_holders"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "console_grants_community" ON "console_grants" USING btree ("community_id");--> statement-breakpoint
CREATE INDEX "leases_holder" ON "leases" USING btree ("holder");