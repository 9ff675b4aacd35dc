CREATE TABLE "quarantines" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "quarantines_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"community_id" bigint NOT NULL,
	"moderator" text NOT NULL,
	"reason" text NOT NULL,
	"labels" integer NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"lifted_by" text,
	"lifted_at" timestamp with time zone,
	CONSTRAINT "quarantines_lifted" CHECK (("quarantines"."lifted_by" is null) = ("quarantines"."lifted_at" is null))
);
--> statement-breakpoint
CREATE TABLE "reliabilities" (
	"community_id" bigint NOT NULL,
	"moderator" text NOT NULL,
	"sensitivity" double precision NOT NULL,
	"specificity" double precision NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "reliabilities_community_id_moderator_pk" PRIMARY KEY("community_id","moderator"),
	CONSTRAINT "reliabilities_range" CHECK ("reliabilities"."sensitivity" between 0 and 1 and "reliabilities"."specificity" between 0 and 1)
);
--> statement-breakpoint
ALTER TABLE "flags" DROP CONSTRAINT "flags_origin";--> statement-breakpoint
ALTER TABLE "communities" ADD COLUMN "audits_per_day" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "communities" ADD COLUMN "audit_rate" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "communities" ADD COLUMN "consensus" jsonb;--> statement-breakpoint
ALTER TABLE "decisions" ADD COLUMN "probability" double precision;--> statement-breakpoint
ALTER TABLE "decisions" ADD COLUMN "confirmed_by" text;--> statement-breakpoint
ALTER TABLE "decisions" ADD COLUMN "confirmed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "flags" ADD COLUMN "drawn_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "quarantines" ADD CONSTRAINT "quarantines_community_id_communities_id_fk" FOREIGN KEY ("community_id") REFERENCES "public"."communities"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reliabilities" ADD CONSTRAINT "reliabilities_community_id_communities_id_fk" FOREIGN KEY ("community_id") REFERENCES "public"."communities"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "quarantines_standing" ON "quarantines" USING btree ("community_id","moderator") WHERE "quarantines"."lifted_at" is null;--> statement-breakpoint
CREATE INDEX "decisions_at" ON "decisions" USING btree ("at");--> statement-breakpoint
CREATE INDEX "flags_drawn" ON "flags" USING btree ("community_id","drawn_at") WHERE "flags"."drawn_at" is not null;--> statement-breakpoint
CREATE INDEX "labels_at" ON "labels" USING btree ("at");--> statement-breakpoint
ALTER TABLE "communities" ADD CONSTRAINT "communities_audits" CHECK ("communities"."audits_per_day" between 0 and 50 and "communities"."audit_rate" between 0 and 1);--> statement-breakpoint
ALTER TABLE "decisions" ADD CONSTRAINT "decisions_probability" CHECK ("decisions"."probability" between 0 and 1);--> statement-breakpoint
ALTER TABLE "decisions" ADD CONSTRAINT "decisions_confirmed" CHECK (("decisions"."confirmed_by" is null) = ("decisions"."confirmed_at" is null));--> statement-breakpoint
ALTER TABLE "flags" ADD CONSTRAINT "flags_origin" CHECK ("flags"."origin" in ('score', 'report', 'moderator', 'audit'));